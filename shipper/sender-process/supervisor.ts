import type { SenderMessage, SenderTask } from '../protocol/messages.ts';
import type { Custody } from '../queue/spooled-records.ts';
import type { Outbox } from '../queue/unsent-records.ts';
import { type SenderChild, type SenderChildOptions, startSenderChild } from './child.ts';

const MIN_RESTART_MS = 1_000;
const MAX_RESTART_MS = 30_000;
/** After so many deaths without a success between them the next sender takes records one by one. */
const CAREFUL_DEATHS = 2;

export interface SenderProcessOptions {
  /** The sender's program. */
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly task: SenderTask;
  readonly outbox: Outbox;
  readonly custody: Pick<Custody, 'hear'>;
  /** Records may have left the outbox. */
  readonly onTaken: () => void;
  /** Why nothing is taken, in plain words; undefined when it works again. */
  readonly onTrouble: (text: string | undefined) => void;
  readonly onDeath: (how: string, restartMs: number) => void;
}

/** The process that holds the SDK: started with the first record, and again whenever it dies. */
export interface SenderProcess {
  /** There may be a record to send. */
  readonly wake: () => void;
  /** Time is running out. */
  readonly hurry: () => void;
  /** Ends it for good, whatever it is doing. */
  readonly stop: () => void;
}

export function createSenderProcess(options: SenderProcessOptions): SenderProcess {
  const { path, env, task, outbox, custody, onTaken, onTrouble } = options;
  let state: 'new' | 'starting' | 'ready' | 'dead' | 'stopped' = 'new';
  let child: SenderChild | undefined;
  let deaths = 0;
  let hurried = false;
  const evidence = createEvidence();

  const handOver = (): void => {
    if (state !== 'ready') return;
    for (let record = outbox.take(); record !== undefined; record = outbox.take()) child?.send(record);
  };

  const onMessage = (message: SenderMessage): void => {
    if (message.kind === 'trouble' || message.kind === 'well') onTrouble(textOf(message));
    else if (message.kind === 'in-hand') evidence.hear(message);
    else if (message.kind !== 'alive') {
      if (message.kind === 'taken') deaths = 0;
      custody.hear(message);
      if (message.kind === 'ready') onReady();
      handOver();
      onTaken();
    }
  };

  const onReady = (): void => {
    if (state !== 'starting') return;
    state = 'ready';
    if (hurried) child?.hurry();
  };

  const onDeath = (how: string): void => {
    if (state === 'stopped') return;
    state = 'dead';
    const restartMs = Math.min(hurried ? MIN_RESTART_MS : MAX_RESTART_MS, MIN_RESTART_MS * 2 ** deaths);
    deaths += 1;
    options.onDeath(how, restartMs);
    // What it had in hand is taken back only then: its last messages may still be on their way.
    setTimeout(() => {
      if (state !== 'dead') return;
      outbox.takeBack(!evidence.isInSpool());
      onTaken();
      start();
    }, restartMs);
  };

  const start = (): void => {
    state = 'starting';
    try {
      child = startHeard({ path, env, task: evidence.addTo(task, deaths), onMessage, onDeath }, () => child);
    } catch (error) {
      onDeath(error instanceof Error ? error.message : 'it could not be started');
    }
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

/** What the sender said it was doing with the spool. */
interface Evidence {
  readonly hear: (inHand: InHand) => void;
  /** It had records of the spool in hand, so those of ours are not to blame for its death. */
  readonly isInSpool: () => boolean;
  /** The task for the next life. */
  readonly addTo: (task: SenderTask, deaths: number) => SenderTask;
}

type InHand = Pick<SenderMessage & { readonly kind: 'in-hand' }, 'spooled' | 'file'>;

function createEvidence(): Evidence {
  let inHand: InHand = { spooled: 0 };
  return {
    hear: (message) => {
      inHand = message;
    },
    isInSpool: () => inHand.spooled > 0,
    addTo: ({ spool, ...task }, deaths) => {
      const { file } = inHand;
      inHand = { spooled: 0 };
      const careful = deaths >= CAREFUL_DEATHS;
      return { ...task, careful, spool: spool && { ...spool, blamed: file } };
    },
  };
}

function textOf(message: SenderMessage): string | undefined {
  return message.kind === 'trouble' ? message.text : undefined;
}

/** A sender is not heard any more once there is another: what it speaks of may be on its way to that one. */
function startHeard(options: SenderChildOptions, current: () => SenderChild | undefined): SenderChild {
  const child = startSenderChild({
    ...options,
    onMessage: (message) => {
      if (current() === child) options.onMessage(message);
    },
  });
  return child;
}
