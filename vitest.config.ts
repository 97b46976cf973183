// Tests are test/**/*.test.ts. They run on src/ directly; those that start the `uvfio` command
// use dist/, which the global setup brings up to date first.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string): string => fileURLToPath(new URL(`src/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^uvfio$/, replacement: source('index.ts') },
      { find: /^uvfio\/client$/, replacement: source('client/index.ts') },
      { find: /^uvfio\/device$/, replacement: source('device.ts') },
      { find: /^uvfio\/testing$/, replacement: source('testing.ts') },
      { find: /^uvfio\/uapi$/, replacement: source('uapi/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/scratch-folder.ts', 'test/support/build-once.ts'],
    // Processes, not threads: the host installs seccomp filters and native callbacks.
    pool: 'forks',
    maxWorkers: 2,
    minWorkers: 1,
    // Where many tests share a few processors, a program of a second takes ten.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    allowOnly: false,
    // The JSON report is what tools/count-tests.mjs sums up at the end of a CI run.
    reporters: ['default', 'json'],
    outputFile: { json: process.env['UVFIO_TEST_REPORT'] ?? 'reports/vitest.json' },
    coverage: {
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
  },
});
