import type { PassedSignal } from './agent/signals.ts';
import type { Say } from './base/logger.ts';
import type { Copy } from './input/tee.ts';
import type { ShipperOptions } from './options/options.ts';
import type { Pipeline } from './pipeline.ts';

/** What `run` and `ship` need of the process they are in. */
export interface Job {
  readonly options: ShipperOptions;
  /** Loads and opens the way to Kinesis; `onFull` tells whoever reads to stop or to go on. */
  readonly openPipeline: (onFull: (full: boolean) => void) => Promise<Pipeline>;
  /** Our own stdout and stderr. */
  readonly stdout: Copy;
  readonly stderr: Copy;
  readonly say: Say;
  readonly onSignal: (listener: (signal: PassedSignal) => void) => void;
}

/** How it ended; `exitCode` is to be the process's. */
export interface JobEnd {
  /** To be stopped and counted. */
  readonly pipeline: Pipeline;
  readonly exitCode: number;
  /** What killed the agent. */
  readonly signal: NodeJS.Signals | null;
  /** Lines that are in the spool, for the next shipper. */
  readonly spooledLines: number;
  /** Lines that neither Kinesis nor the spool has taken. */
  readonly unsentLines: number;
  /** Lines that came when the sending had ended already, from processes that outlived the agent. */
  readonly lateLines: number;
}
