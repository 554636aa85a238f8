import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { buildCli } from '../../scripts/bundles.ts';

/** The command line as it is shipped, in a folder of its own. */
export interface BuiltCli {
  readonly dir: string;
  readonly entry: string;
}

/** Has it built for the tests of a file, and removed behind them. */
export function useBuiltCli(): BuiltCli {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'log-drain-cli-'));
    await buildCli(dir);
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
