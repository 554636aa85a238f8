import { beforeEach } from 'vitest';
import { runtimeMissing } from './client.ts';

const missing = runtimeMissing();
const isRequired = process.env['CI'] === 'true';
if (missing !== undefined && !isRequired) console.warn(`Skipped: ${missing}`);

/** For the top of a describe: without the functions' runtime its tests fail in CI and are skipped elsewhere. */
export function needsRuntime(): void {
  beforeEach(({ skip }) => {
    if (missing === undefined) return;
    if (isRequired) throw new Error(missing);
    skip(missing);
  });
}
