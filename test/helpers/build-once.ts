import type { TestProject } from 'vitest/node';
import { buildCli, buildLambdas } from '../../scripts/bundles.ts';

/** Where tests find the built commands and functions. */
const OUT_DIR = 'dist';

async function build(): Promise<void> {
  await Promise.all([buildCli(OUT_DIR), buildLambdas(OUT_DIR)]);
}

/** Builds what the tests start as processes: once for a run, and again before each rerun of the watch mode. */
export async function setup(project: TestProject): Promise<void> {
  await build();
  project.onTestsRerun(build);
}
