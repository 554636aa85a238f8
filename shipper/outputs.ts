import { fstatSync, openSync } from 'node:fs';
import type { Clock } from '../shared/base/clock.ts';
import { inheritedFd } from './base/inherited-fd.ts';
import { createLogger, type Logger } from './base/logger.ts';
import { type Budget, createReaderPatience, createWorkPatience, ENDLESS, NONE } from './base/patience.ts';
import { createTee, fdTarget, isPipeOrSocket, streamTarget, type Tee, type TeeTarget } from './input/tee.ts';
import type { ShipperOptions } from './options/options.ts';

/** Our own messages are few and short. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const LF = 0x0a;

/** What this process writes to. */
export interface Outputs {
  readonly stdout: Tee;
  readonly stderr: Tee;
  /** Our own messages: on stderr, or in the file of `--messages-file`. */
  readonly log: Logger;
  /** Bytes that are not in the copies: left out, or not written yet. */
  readonly missingBytes: () => MissingBytes;
}

export interface MissingBytes {
  readonly stdout: number;
  readonly stderr: number;
}

export interface OutputsOptions {
  /** How much each copy may lag behind. */
  readonly copyBytes: number;
  /** How long the agent may be made to wait for whoever reads the copies, with `auto`. */
  readonly readerBudget: Budget;
}

/** Opens the outputs; a messages file that cannot be opened is reported on stderr. */
export function openOutputs(
  { whenTeeFull, messagesFile }: Pick<ShipperOptions, 'whenTeeFull' | 'messagesFile'>,
  { copyBytes, readerBudget }: OutputsOptions,
  clock: Clock,
): Outputs {
  const leftOut = { stdout: 0, stderr: 0 };
  const lineEnds = trackLineEnds();

  const open = (fd: 1 | 2, name: keyof MissingBytes): Tee => {
    let writtenBytes = 0;
    const target = outputTarget(fd, clock);
    const write: TeeTarget = (chunk, done) => {
      const { length } = chunk;
      target(chunk, (error) => {
        if (!error) writtenBytes += length;
        done(error);
      });
    };
    const counted = Object.assign(write, { giveUp: target.giveUp });
    const automatic = isRegularFile(fd)
      ? createWorkPatience(() => writtenBytes, clock)
      : createReaderPatience(() => writtenBytes, readerBudget, clock);
    return createTee(counted, {
      maxWaitingBytes: copyBytes,
      patience: { auto: automatic, drop: NONE, block: ENDLESS }[whenTeeFull],
      onAccepted: lineEnds.follow(fd),
      onDropped: (bytes) => {
        leftOut[name] += bytes;
        log(
          'tee dropped',
          `${leftOut.stdout + leftOut.stderr} bytes are missing so far in the copy to our own output: whoever reads ` +
            'it is too slow, or it cannot be written',
        );
      },
    });
  };
  const [stdout, stderr] = [open(1, 'stdout'), open(2, 'stderr')];
  const messages = openMessages(messagesFile, clock);
  const log = createLogger((line) => {
    if (messages.kind === 'opened') void messages.tee.write(Buffer.from(line));
    // On a line of its own, also behind a prompt of the agent's.
    else void stderr.write(Buffer.from(lineEnds.isAtLineStart() ? line : `\n${line}`));
  }, clock);
  if (messages.kind === 'failed') log('messages', `cannot open the messages file: ${messages.why}`);
  const missingBytes = (): MissingBytes => ({
    stdout: leftOut.stdout + stdout.waitingBytes(),
    stderr: leftOut.stderr + stderr.waitingBytes(),
  });
  return { stdout, stderr, log, missingBytes };
}

function outputTarget(fd: 1 | 2, clock: Clock): TeeTarget {
  if (!isPipeOrSocket(fd)) return fdTarget(fd, clock);
  return streamTarget(fd === 1 ? process.stdout : process.stderr);
}

interface LineEnds {
  /** Follows what is written to a descriptor. */
  readonly follow: (fd: 1 | 2) => (chunk: Buffer) => void;
  /** What is written to stderr next begins a line. */
  readonly isAtLineStart: () => boolean;
}

/** Knows whether the line on stderr has ended; where stdout is the same terminal, pipe or file, its lines count too. */
function trackLineEnds(): LineEnds {
  const isShared = isSameFile(1, 2);
  let atLineStart = true;
  return {
    follow: (fd) => (chunk) => {
      if (fd === 2 || isShared) atLineStart = chunk.at(-1) === LF;
    },
    isAtLineStart: () => atLineStart,
  };
}

function isSameFile(one: number, other: number): boolean {
  try {
    const [{ dev, ino }, second] = [fstatSync(one), fstatSync(other)];
    return dev === second.dev && ino === second.ino;
  } catch {
    return false;
  }
}

function isRegularFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

type Messages =
  | { readonly kind: 'opened'; readonly tee: Tee }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'none' };

function openMessages(path: string | undefined, clock: Clock): Messages {
  if (path === undefined) return { kind: 'none' };
  try {
    const target = messagesTarget(path, clock);
    const options = { maxWaitingBytes: MAX_MESSAGE_BYTES, patience: NONE, onDropped: () => {} };
    return { kind: 'opened', tee: createTee(target, options) };
  } catch (error) {
    return {
      kind: 'failed',
      why: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
    };
  }
}

function messagesTarget(path: string, clock: Clock): TeeTarget {
  return fdTarget(inheritedFd(path) ?? openSync(path, 'a'), clock);
}
