import { strict as assert } from 'node:assert';
import { textOf } from './evidence.ts';
import type { Outcome } from './fault.ts';

/** Asserts that nothing was delivered twice. */
export function takenOnce(outcome: Outcome): Outcome {
  assert.equal(outcome.duplicates, 0, `lines were delivered twice: ${textOf(outcome)}`);
  return outcome;
}
