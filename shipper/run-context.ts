import type { Clock } from '../shared/base/clock.ts';
import type { PassedSignal } from './agent/signals.ts';
import type { ShipperOptions } from './options/options.ts';
import type { MissingBytes, Outputs } from './outputs.ts';
import type { Pipeline } from './pipeline.ts';

/** What `run` and `ship` need of the process they are in. */
export interface RunContext extends Outputs {
  readonly options: ShipperOptions;
  /** Whose lines they are. */
  readonly agent: Pick<Pipeline['identity'], 'agentId' | 'workerId'>;
  /** Loads and opens the pipeline to Kinesis, or rejects; `onFull` tells whoever reads to stop or to go on. */
  readonly openPipeline: (onFull: (full: boolean) => void) => Promise<Pipeline>;
  readonly clock: Clock;
  readonly onSignal: (listener: (signal: PassedSignal) => void) => void;
}

/** How it ended; `exitCode` is to be the process's. */
export interface RunEnd {
  /** Still to be stopped, and counted for the summary. */
  readonly pipeline: Pipeline;
  readonly exitCode: number;
  /** What killed the agent. */
  readonly signal: NodeJS.Signals | null;
  /** Lines that are in the spool, for the next shipper. */
  readonly spooledLines: number;
  /** Lines that neither Kinesis nor the spool has. */
  readonly unsentLines: number;
  /** Lines of processes that outlived the agent, read when no more were sent. */
  readonly lateLines: number;
  /** Bytes that are missing in the copies to our own output. */
  readonly missingBytes: MissingBytes;
}
