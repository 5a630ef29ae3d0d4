// The end-to-end tests: a real JupyterLab and a real browser, and the engine's live tests. One file at a time: a browser that plays in
// real time beside other tests would tell of the machine and not of the product.
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['test/e2e/**/*.e2e.ts', 'test/**/*.live.test.ts'],
    globalSetup: ['test/setup.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What a person would wait for on a busy machine.
    expect: { poll: { timeout: 10_000 } },
  },
});
