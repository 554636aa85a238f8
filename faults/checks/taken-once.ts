import { strict as assert } from 'node:assert';
import { textOf } from '../stage/evidence.ts';
import type { Outcome } from '../stage/fault.ts';

/** What a function says of an attempt whose time ran out (`engine/send/attempt.ts`). */
interface GivenUp {
  readonly event?: string;
  readonly reason?: string;
  readonly events?: number;
}

/**
 * Asserts that nothing was delivered twice. In a row that makes nobody wait, with what was said in it: but for attempts
 * that a function gave up for want of time, since the machine was busy; a service may have taken these all the same.
 */
export function takenOnce(outcome: Outcome, said = ''): Outcome {
  const { duplicates } = outcome;
  assert.ok(duplicates <= timedOut(said), `lines were delivered twice: ${textOf(outcome)}`);
  return outcome;
}

/** Lines in attempts that ran out of time. */
function timedOut(said: string): number {
  return said
    .split('\n')
    .filter((line) => line.includes('"attempt_failed"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as GivenUp)
    .reduce((sum, { reason, events = 0 }) => (reason === 'timeout' ? sum + events : sum), 0);
}
