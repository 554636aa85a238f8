import type { DestinationId } from '../lambdas/registry.ts';
import type { FaultScript } from '../receivers/kit/faults.ts';
import { type AcceptedFiles, createAcceptedFiles } from './accepted-files.ts';
import { countDelivered, type DeliveredLines } from './delivered-lines.ts';
import { commandDisplay, type Display, sampleDisplay } from './display.ts';
import { countStops, type Stopping, type StopSignal } from './stop/stopping.ts';
import { type SignalWitness, startWitness } from './stop/witness.ts';
import { createTally, type Tally } from './tally/tally.ts';
import type { DestinationTarget } from './targets.ts';

export interface LocalOptions {
  /** Our own program, `dist/log-drain.mjs`: the shipper, and beside it the functions and the sample agent. */
  readonly program: string;
  /** Empty: the sample agent, until it is stopped. */
  readonly command: readonly string[];
  /** Of `--env`. */
  readonly env: Readonly<Record<string, string>>;
  /** What there is in it that no destination knows, in words. */
  readonly unknown: readonly string[];
  readonly faults: FaultScript;
  readonly shards: number;
  readonly outDir: string | undefined;
  readonly json: boolean;
}

export interface LocalIo {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Our own environment, for what it says of the terminal. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Told of each signal that asks to end. */
  readonly onStop: (listener: (signal: StopSignal) => void) => void;
  /** A terminal is on stdin: it sends its signals to all processes of our group. */
  readonly terminal: boolean;
}

/** What one run of `local` has at hand from its start. */
export interface Session {
  readonly options: LocalOptions;
  readonly io: LocalIo;
  readonly places: readonly DestinationTarget[];
  readonly stopping: Stopping;
  readonly witness: SignalWitness;
  readonly display: Display;
  readonly tally: Tally;
  readonly files: AcceptedFiles | undefined;
  readonly delivered: DeliveredLines;
}

/** Begins a run: from here on signals are counted. Throws what the file system says of the folder of `--out`. */
export function openSession(
  options: LocalOptions,
  io: LocalIo,
  places: readonly DestinationTarget[],
): Session {
  const isCommand = options.command.length > 0;
  const stopping = countStops(
    (listener) => {
      io.onStop(listener);
      // Nobody sees the sample agent any more; a command goes on for its own sake.
      if (!isCommand) io.stderr.once('error', () => stopping.isStopped() || listener('SIGHUP'));
    },
    () => performance.now(),
  );
  const watched = places.filter(({ kind }) => kind === 'receiver').map(({ id }) => id);
  const tally = createTally(watched);
  const delivered = countDelivered(places, tally);
  // Before the witness is started, which would keep us from ending.
  const files = options.outDir === undefined ? undefined : createAcceptedFiles(options.outDir, watched);
  return {
    options,
    io,
    places,
    stopping,
    witness: startWitness(),
    display: isCommand ? commandDisplay(io) : sampleDisplay({ ...io, counts: delivered.counts }),
    tally,
    files,
    delivered,
  };
}

export function idsOf(places: readonly DestinationTarget[]): readonly DestinationId[] {
  return places.map(({ id }) => id);
}
