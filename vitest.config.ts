import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Where a test file belongs is seen from its name. */
const SLOW = 'test/**/*.slow.test.ts';
/**
 * Slow ones about what runs on one version of Node.js, the functions' and our own, or would say the same on any: CI runs
 * them on that one alone. Agents have any version, so all that is about the shipper and the commands is not among them.
 */
const ONCE = [
  'bench',
  'cdk',
  'deployed',
  'engine',
  'faults/{functions,isolation,services}*',
  'lambdas',
  'peers',
  'redrive',
  'registry',
  'simulation',
].map((place) => `test/${place}{,/**/*}.slow.test.ts`);

/** Of all projects. */
const common = {
  isolate: false,
  // Most of the suite waits for sockets and processes.
  maxWorkers: 2 * availableParallelism(),
  // As long as anything may take on a busy machine: no test is about a time.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    globalSetup: ['./test/helpers/build-once.ts'],
    reporters: ['default', './test/helpers/tally-reporter.ts', './test/helpers/stuck-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['shared/**', 'engine/**', 'shipper/**', 'lambdas/**', 'receivers/**', 'cli/**', 'local/**'],
    },
    projects: [
      { test: { ...common, name: 'fast', include: ['test/**/*.test.ts'], exclude: [SLOW] } },
      { test: { ...common, name: 'slow', include: [SLOW], exclude: ONCE } },
      { test: { ...common, name: 'once', include: ONCE } },
    ],
  },
});
