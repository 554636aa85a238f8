import { relative } from 'node:path';
import type { Reporter, TestModule, TestSpecification, Vitest } from 'vitest/node';

/** Longer than any test file takes on a busy machine. */
const LIMIT_MS = 15 * 60_000;
const MOST_NAMED = 10;

/**
 * Ends a run in which no file has ended for long, and names those that have not. A test's own time limit does not do so:
 * where code never yields, its timer never comes.
 */
export default class StuckReporter implements Reporter {
  readonly #open = new Set<string>();
  #vitest: Vitest | undefined;
  #timer: NodeJS.Timeout | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#open.clear();
    for (const { project, moduleId } of specifications)
      this.#open.add(relative(project.config.root, moduleId));
    this.#wait();
  }

  onTestModuleEnd({ project, moduleId }: TestModule): void {
    this.#open.delete(relative(project.config.root, moduleId));
    this.#wait();
  }

  onTestRunEnd(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), LIMIT_MS);
  }

  #giveUp(): void {
    const named = [...this.#open].slice(0, MOST_NAMED).join(', ');
    const open = this.#open.size;
    process.stderr.write(
      `\nNo test file has ended for ${LIMIT_MS / 60_000} minutes. ${open} have not ended: ${named}.\n`,
    );
    process.stdout.write(`\n0 passed, ${open} failed\n`);
    process.exitCode = 1;
    void this.#vitest?.exit(true);
  }
}
