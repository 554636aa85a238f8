import type { Reporter, TestModule } from 'vitest/node';

/** Prints `N passed, N failed` alone on the last line, which CI reads. What is skipped stands in vitest's own summary. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errorsOutsideOfTests: readonly unknown[]): void {
    let passed = 0;
    let failed = errorsOutsideOfTests.length;
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
      }
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}
