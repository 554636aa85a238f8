import type { Clock } from '../../shared/base/clock.ts';
import { createGate, createWorkPatience, ENDLESS, NONE, type Patience } from '../base/patience.ts';

/**
 * What happens to lines for which there is no room. `auto`: whoever writes waits for our own work, and for the network
 * as long as the patience lasts; then the oldest are dropped.
 */
export type WhenFull = 'auto' | 'drop' | 'block';

/** What waits, in bytes: of the agent's output for compression, and of compressed records for Kinesis. */
export interface Load {
  readonly rawBytes: number;
  readonly recordBytes: number;
}

export interface PacingOptions {
  readonly whenFull: WhenFull;
  /** There is no more room from here on. */
  readonly limits: Load;
  /** How long the writer may be made to wait for the network with `auto`. */
  readonly networkPatience: Patience;
  readonly clock: Pick<Clock, 'every'>;
  /** Whoever writes has to stop, or may go on. */
  readonly onPaused: (paused: boolean) => void;
  /** The oldest batches, or records, are to be dropped past the limit, or not any more. */
  readonly onDropping: (dropping: { readonly batches: boolean; readonly records: boolean }) => void;
}

/** Decides whether the writer waits, or lines are dropped. */
export interface Pacing {
  readonly update: (load: Load) => void;
  /** One more batch was compressed. */
  readonly onWorkDone: () => void;
  /** From now on nothing is dropped for lack of room: no more comes than what waits already. */
  readonly stopDropping: () => void;
}

export function createPacing(options: PacingOptions): Pacing {
  const { whenFull, limits, networkPatience, clock, onDropping } = options;
  let workDone = 0;
  let mayDrop = true;
  const patience = {
    auto: { work: createWorkPatience(() => workDone, clock), network: networkPatience },
    drop: { work: NONE, network: NONE },
    block: { work: ENDLESS, network: ENDLESS },
  }[whenFull];
  const setPaused = onChange(false, options.onPaused);

  const apply = (): void => {
    onDropping({ batches: mayDrop && raw.isSpent(), records: mayDrop && network.isSpent() });
    setPaused(raw.isWaiting() || network.isWaiting());
  };
  const raw = createGate(patience.work, () => apply());
  const network = createGate(patience.network, () => apply());

  return {
    update: ({ rawBytes, recordBytes }) => {
      raw.setFull(rawBytes >= limits.rawBytes);
      network.setFull(recordBytes >= limits.recordBytes);
      apply();
    },
    onWorkDone: () => {
      workDone += 1;
    },
    stopDropping: () => {
      mayDrop = false;
      apply();
    },
  };
}

/** Calls the listener only for values that differ from the previous one. */
function onChange(initial: boolean, listener: (value: boolean) => void): (value: boolean) => void {
  let last = initial;
  return (value) => {
    if (value === last) return;
    last = value;
    listener(value);
  };
}
