import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** What `build-once.ts` has built. */
const BUILT = 'dist';
/** Of other parts. */
const NOT_CLI = ['lambdas', 'cdk'];

/** The command line as it is shipped, in a folder of its own. */
export interface BuiltCli {
  readonly dir: string;
  readonly entry: string;
}

/** Copies it for the tests of a file, which may write beside it, and removes the copy after them. */
export function useBuiltCli(): BuiltCli {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'log-drain-cli-'));
    const filter = (source: string): boolean => !NOT_CLI.includes(relative(BUILT, source));
    await cp(BUILT, dir, { recursive: true, filter });
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  return {
    get dir() {
      return dir;
    },
    get entry() {
      return join(dir, 'log-drain.mjs');
    },
  };
}
