import { needs } from '../needed.ts';
import { runtimeMissing } from './client.ts';

/** For the top of a describe: without the functions' runtime its tests fail in CI and are skipped elsewhere. */
export function needsRuntime(): void {
  needs(runtimeMissing());
}
