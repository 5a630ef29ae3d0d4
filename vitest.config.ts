// The unit tests. The end-to-end tests have a configuration of their own (test/e2e/vitest.config.ts).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['node_modules/**', 'test/e2e/**'],
    environment: 'node',
    globalSetup: ['test/setup.ts'],
    testTimeout: 20_000,
  },
});
