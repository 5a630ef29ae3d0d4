// The unit tests. What plays in real time, and the end-to-end tests, run one after the other: test/e2e/vitest.config.ts.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['node_modules/**', 'test/e2e/**', 'test/**/*.live.test.ts'],
    environment: 'node',
    globalSetup: ['test/setup.ts'],
    // Against what hangs: how fast anything is, benchmarks tell. A busy machine may take ten times as long as usual.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
