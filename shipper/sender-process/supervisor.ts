import type { Clock } from '../../shared/base/clock.ts';
import { failureWords } from '../base/failure-words.ts';
import type { SenderMessage, SenderTask } from '../protocol/messages.ts';
import type { SpooledRecords } from '../queue/spooled-records.ts';
import type { UnsentRecords } from '../queue/unsent-records.ts';
import type { SenderChild, SenderChildOptions, StartSender } from './child.ts';
import type { Trouble } from './trouble-log.ts';

const MIN_RESTART_MS = 1_000;
const MAX_RESTART_MS = 30_000;
/** After this many crashes in a row the next sender sends records one by one. */
const ONE_BY_ONE_CRASHES = 2;

export interface SupervisorOptions {
  readonly startSender: StartSender;
  readonly task: SenderTask;
  readonly clock: Pick<Clock, 'after'>;
  readonly unsent: Pick<UnsentRecords, 'takeNext' | 'takeBack'>;
  readonly spooled: Pick<SpooledRecords, 'onMessage'>;
  /** The number of unsent records may have changed. */
  readonly onProgress: () => void;
  /** Why records are not sent; undefined when they are again. */
  readonly onTrouble: (trouble: Trouble | undefined) => void;
  /** The sender ended in this way, and is started again in `restartMs`. */
  readonly onExit: (how: string, restartMs: number) => void;
  /** The sender is ready for records. */
  readonly onReady: () => void;
}

/** Runs the process that holds the SDK: starts it with the first record, and again whenever it ends. */
export interface Supervisor {
  /** There may be a record to send. */
  readonly wake: () => void;
  /** Time is running out. */
  readonly hurry: () => void;
  /** Ends the sender for good, whatever it is doing. */
  readonly stop: () => void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { startSender, task, clock, unsent, spooled, onProgress, onTrouble } = options;
  let state: 'new' | 'starting' | 'ready' | 'crashed' | 'stopped' = 'new';
  let child: SenderChild | undefined;
  let crashes = 0;
  let hurried = false;
  const spoolActivity = createSpoolActivity();

  const handOver = (): void => {
    if (state !== 'ready') return;
    for (let next = unsent.takeNext(); next !== undefined; next = unsent.takeNext()) child?.send(next);
  };

  const onMessage = (message: SenderMessage): void => {
    if (message.kind === 'failing') onTrouble(message);
    else if (message.kind === 'working') onTrouble(undefined);
    else if (message.kind === 'in-flight') spoolActivity.update(message);
    else if (message.kind !== 'heartbeat') {
      if (message.kind === 'delivered') crashes = 0;
      spooled.onMessage(message);
      if (message.kind === 'ready') onReady();
      handOver();
      onProgress();
    }
  };

  const onReady = (): void => {
    if (state !== 'starting') return;
    state = 'ready';
    options.onReady();
    if (hurried) child?.hurry();
  };

  const onExit = (how: string): void => {
    if (state === 'stopped') return;
    state = 'crashed';
    const restartMs = Math.min(hurried ? MIN_RESTART_MS : MAX_RESTART_MS, MIN_RESTART_MS * 2 ** crashes);
    crashes += 1;
    options.onExit(how, restartMs);
    clock.after(restartMs, restart);
  };

  const restart = (): void => {
    if (state !== 'crashed') return;
    // Taken back only now: when the sender ended its last messages could still be on their way.
    unsent.takeBack(!spoolActivity.isInFlight());
    onProgress();
    start();
  };

  const start = (): void => {
    state = 'starting';
    const hearing = { task: spoolActivity.nextTask(task, crashes), onMessage, onExit };
    child = startHeard(startSender, hearing, () => child);
  };

  return {
    wake: () => (state === 'new' ? start() : handOver()),
    hurry: () => {
      hurried = true;
      child?.hurry();
    },
    stop: () => {
      state = 'stopped';
      child?.kill();
    },
  };
}

/** What the sender had in flight of the spool when it was last heard. */
interface SpoolActivity {
  readonly update: (inFlight: InFlight) => void;
  /** Records of the spool were in flight, so those of ours are not blamed for a crash. */
  readonly isInFlight: () => boolean;
  /** The task for the next sender, and forgets the last one's activity. */
  readonly nextTask: (task: SenderTask, crashes: number) => SenderTask;
}

type InFlight = Pick<SenderMessage & { readonly kind: 'in-flight' }, 'spooled' | 'file'>;

function createSpoolActivity(): SpoolActivity {
  let inFlight: InFlight = { spooled: 0 };
  return {
    update: (message) => {
      inFlight = message;
    },
    isInFlight: () => inFlight.spooled > 0,
    nextTask: ({ spool, ...task }, crashes) => {
      const { file } = inFlight;
      inFlight = { spooled: 0 };
      const oneByOne = crashes >= ONE_BY_ONE_CRASHES;
      return { ...task, oneByOne, spool: spool && { ...spool, suspectFile: file } };
    },
  };
}

/**
 * Messages of a sender are ignored once there is another one: the records they name may be on their way to that one.
 * A sender that cannot be started has ended.
 */
function startHeard(
  startSender: StartSender,
  options: SenderChildOptions,
  current: () => SenderChild | undefined,
): SenderChild | undefined {
  try {
    const child = startSender({
      ...options,
      onMessage: (message) => {
        if (current() === child) options.onMessage(message);
      },
    });
    return child;
  } catch (error) {
    options.onExit(failureWords(error));
    return undefined;
  }
}
