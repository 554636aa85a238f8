import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/helpers/tally-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['shared/**', 'shipper/**', 'lambdas/**', 'cli/**', 'local/**'],
    },
  },
});
