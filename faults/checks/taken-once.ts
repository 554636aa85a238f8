import { strict as assert } from 'node:assert';
import { textOf } from '../stage/evidence.ts';
import type { Outcome } from '../stage/fault.ts';

/** Asserts that nothing was delivered twice. */
export function takenOnce(outcome: Outcome): Outcome {
  assert.equal(outcome.duplicates, 0, `lines were delivered twice: ${textOf(outcome)}`);
  return outcome;
}
