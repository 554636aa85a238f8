import { spawnSync } from 'node:child_process';
import { beforeEach } from 'vitest';

const isMissing = spawnSync('python3', ['-c', '']).status !== 0;
const MISSING = 'python3 is not on the path, which the agents of this test are written for: install Python 3';
const isRequired = process.env['CI'] === 'true';
if (isMissing && !isRequired) console.warn(`Skipped: ${MISSING}`);

/** For the top of a describe: without Python its tests fail in CI and are skipped elsewhere. */
export function needsPython(): void {
  beforeEach(({ skip }) => {
    if (!isMissing) return;
    if (isRequired) throw new Error(MISSING);
    skip(MISSING);
  });
}
