import type { Clock, Timer } from '../../shared/base/clock.ts';
import type { SenderMessage } from '../protocol/messages.ts';
import type { CallOutcome } from './kinesis/put-loop.ts';

/** Trouble that may pass by itself is told when it has lasted this long. */
const TELL_AFTER_MS = 5_000;
/** Told trouble of that kind is over when nothing has failed for this long: a shard that is too small is throttled on and off. */
const QUIET_MS = 5_000;

export interface TroubleReport {
  readonly onCall: (outcome: CallOutcome) => void;
  /** A call waits, for this reason in plain words; `isLong`: it has waited for so long that it is to be told. */
  readonly onWaiting: (reason: string, isLong: boolean) => void;
  /** Time is running out, so what is over is told at once. */
  readonly hurry: () => void;
  /** Whether the last call failed. */
  readonly isFailing: () => boolean;
}

interface Trouble {
  readonly reason: string;
  readonly passes: boolean;
  readonly isLong: boolean;
  /** When the first call began that failed, and when it had failed, monotonic ms. */
  readonly first?: { readonly beganMs: number; readonly knownMs: number } | undefined;
}

/** Keeps the parent informed of why records are not sent, and whether that has lasted so long that it is to be told. */
export function createTroubleReport(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  send: (message: SenderMessage) => void,
): TroubleReport {
  let trouble: Trouble | undefined;
  let telling: Timer | undefined;
  let ending: Timer | undefined;
  let hurried = false;
  let failing = false;

  const say = onChange(send);

  const set = (next: Trouble): void => {
    trouble = next;
    ending?.cancel();
    ending = undefined;
    say({ kind: 'failing', reason: next.reason, isLong: next.isLong });
  };

  const end = (): void => {
    for (const timer of [telling, ending]) timer?.cancel();
    [trouble, telling, ending] = [undefined, undefined, undefined];
    // The first time even if there was none: the sender before may have left with some.
    say({ kind: 'working' });
  };

  const tell = (): void => {
    telling = undefined;
    if (trouble !== undefined) set({ ...trouble, isLong: true });
  };

  const onFailure = ({ failure, beganMs }: CallOutcome & { readonly failure: object }): void => {
    const nowMs = clock.monotonic();
    const first = trouble?.first ?? { beganMs, knownMs: nowMs };
    const dueMs = first.beganMs + TELL_AFTER_MS - nowMs;
    // A failed call is normal, for example since an idle connection was closed; so are others that ran beside it.
    const again = trouble?.first !== undefined && beganMs >= first.knownMs;
    const isLong = (trouble?.isLong ?? false) || dueMs <= 0 || (again && !failure.passes);
    set({ ...failure, first, isLong });
    if (!isLong) telling ??= clock.after(dueMs, tell);
  };

  const onSuccess = (): void => {
    if (trouble === undefined || !trouble.isLong || !trouble.passes || hurried) end();
    else ending ??= clock.after(QUIET_MS, end);
  };

  return {
    onCall: (outcome) => {
      const { failure, isBehind } = outcome;
      failing = failure !== undefined;
      if (failure !== undefined) onFailure({ ...outcome, failure });
      else if (!isBehind) onSuccess();
    },
    onWaiting: (reason, isLong) => {
      if (isLong) set({ ...trouble, reason, passes: false, isLong });
      else if (trouble === undefined) set({ reason, passes: false, isLong });
    },
    hurry: () => {
      hurried = true;
      if (ending !== undefined) end();
    },
    isFailing: () => failing,
  };
}

/** Leaves out what was said last. */
function onChange(send: (message: SenderMessage) => void): (message: SenderMessage) => void {
  let last: string | undefined;
  return (message) => {
    const text = JSON.stringify(message);
    if (text !== last) send(message);
    last = text;
  };
}
