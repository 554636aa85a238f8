import { backoffMs } from '../../../shared/base/backoff.ts';
import { MAX_PAYLOAD_BYTES } from '../base/functions.ts';
import type { RedriveRun } from '../base/run-context.ts';
import { DELIVERED, type Fate, fatesOf, left, payloadOf, UNTRIED } from './event.ts';
import type { Parcel } from './parcels.ts';

/** Hands objects to the destination's function. */
export interface Courier {
  /** Objects of one event, each readable; their fates in the same order. Never throws. */
  readonly deliver: (parcels: readonly Parcel[]) => Promise<readonly Fate[]>;
  /** How many events may be under way now: fewer while Lambda has no room for them. */
  readonly width: () => number;
}

/** An event that the function crashes over is tried in steps of so many objects, then one by one. */
const STEP = 32;
/** So many events in a row that end in an error, with none that is answered, tell that it is not over what is in them. */
const MAX_CRASHES = 64;
/** Or that the function cannot be invoked. */
const MAX_UNAVAILABLE = 3;

const THROTTLED = new Set(['TooManyRequestsException', 'EC2ThrottledException', 'ServiceException']);

export function createCourier(run: RedriveRun, maxWidth: number): Courier {
  const { invoke, functionName, clock, remainingMs, hasTime, maxPayloadBytes = MAX_PAYLOAD_BYTES } = run;
  let width = maxWidth;
  let crashes = 0;
  let unavailable = 0;

  /** Waits and asks again while Lambda has no room; undefined where nothing is known of what became of the event. */
  async function invoked(payload: string): Promise<{ readonly value: unknown } | 'crashed' | undefined> {
    for (let retry = 0; hasTime(); retry += 1) {
      const answer = await invoke(functionName, payload, remainingMs());
      if (answer.kind === 'returned') {
        [crashes, unavailable] = [0, 0];
        width = Math.min(maxWidth, width + 1 / width);
        return answer;
      }
      if (answer.kind === 'function-error') {
        crashes += 1;
        if (crashes >= MAX_CRASHES) run.end('function-error');
        return 'crashed';
      }
      if (!THROTTLED.has(answer.reason)) {
        unavailable += 1;
        if (unavailable >= MAX_UNAVAILABLE) run.end(answer.reason);
        return undefined;
      }
      width = Math.max(1, width / 2);
      await clock.sleep(1_000 + backoffMs(retry, clock.random));
    }
    return undefined;
  }

  async function deliver(parcels: readonly Parcel[]): Promise<readonly Fate[]> {
    if (parcels.length === 0) return [];
    const payload = payloadOf(parcels);
    if (Buffer.byteLength(payload) > maxPayloadBytes) {
      return parcels.length === 1 ? [left('too-large')] : inSteps(parcels);
    }
    const answer = await invoked(payload);
    if (answer === undefined) return parcels.map(() => UNTRIED);
    if (answer === 'crashed') return parcels.length === 1 ? [left('function-error')] : inSteps(parcels);
    return fatesOf(answer.value, parcels) ?? parcels.map(() => left('bad-report'));
  }

  /** Of several agents' objects each goes alone at another time, so that none waits for the others. */
  async function inSteps(parcels: readonly Parcel[]): Promise<readonly Fate[]> {
    if (parcels.some(({ folder }) => folder !== parcels[0]?.folder)) {
      return parcels.map(() => left('function-error'));
    }
    const size = parcels.length > STEP ? STEP : 1;
    const fates: Fate[] = [];
    let failures = 0;
    for (let at = 0; at < parcels.length; at += size) {
      const some = parcels.slice(at, at + size);
      // Whole steps of nothing but failures tell of the agent or the function, not of one object.
      const goesOn = hasTime() && failures < STEP;
      const next = goesOn ? await deliver(some) : some.map(() => UNTRIED);
      fates.push(...next);
      failures = next.includes(DELIVERED) ? 0 : failures + next.filter(({ kind }) => kind === 'left').length;
    }
    return fates;
  }

  return { deliver, width: () => Math.max(1, Math.floor(width)) };
}
