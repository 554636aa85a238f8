import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCli } from '../../scripts/bundles.ts';

/** The command line as it is shipped, built into a folder of its own. */
export interface BuiltCli {
  readonly dir: string;
  readonly entry: string;
  readonly remove: () => Promise<void>;
}

export async function buildTemporaryCli(): Promise<BuiltCli> {
  const dir = await mkdtemp(join(tmpdir(), 'log-drain-cli-'));
  await buildCli(dir);
  return {
    dir,
    entry: join(dir, 'log-drain.mjs'),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
