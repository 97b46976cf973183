// The tests that mutation testing runs: those of the core, with what it does for groups without an
// IOMMU, with shorter random sequences. The test that breaks the core itself needs its source as
// written, which Stryker's is not.
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/vfio/**/*.test.ts', 'test/vfio-noiommu/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/vfio/broken-core.test.ts'],
    env: { UVFIO_RUNS: '150' },
    testTimeout: 120_000,
  },
});
