import { openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Clock } from '../shared/base/clock.ts';
import { type Descriptor, describeFd, isNonBlocking, makeBlocking, reopenPipe } from './base/descriptors.ts';
import { inheritedFd } from './base/inherited-fd.ts';
import { createLogger, type Logger } from './base/logger.ts';
import { type Budget, createReaderPatience, createWorkPatience, ENDLESS, NONE } from './base/patience.ts';
import { createTee, type Tee } from './input/tee.ts';
import { fdTarget, streamTarget, type TeeTarget } from './input/tee-target.ts';
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
  /** Leaves our own outputs as they were found; nothing may be written afterwards. */
  readonly release: () => void;
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
  const [one, other] = [describeFd(1), describeFd(2)];
  const lineEnds = trackLineEnds(one.identity !== undefined && one.identity === other.identity);
  const releases: (() => void)[] = [];

  const open = (descriptor: Descriptor, name: keyof MissingBytes): Tee => {
    let writtenBytes = 0;
    const { target, release } = openOutput(descriptor, name, clock);
    releases.push(release);
    const counted: TeeTarget = {
      ...target,
      write: (batch, done) =>
        target.write(batch, (error) => {
          if (!error) writtenBytes += batch.reduce((sum, { length }) => sum + length, 0);
          done(error);
        }),
    };
    const automatic =
      descriptor.kind === 'file'
        ? createWorkPatience(() => writtenBytes, clock)
        : createReaderPatience(() => writtenBytes, readerBudget, clock);
    return createTee(counted, {
      maxWaitingBytes: copyBytes,
      patience: { auto: automatic, drop: NONE, block: ENDLESS }[whenTeeFull],
      onAccepted: lineEnds.follow(name),
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
  const [stdout, stderr] = [open(one, 'stdout'), open(other, 'stderr')];
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
  const release = (): void => {
    for (const putBack of releases) putBack();
  };
  return { stdout, stderr, log, missingBytes, release };
}

interface Output {
  readonly target: TeeTarget;
  /** Leaves the descriptor as it was found. */
  readonly release: () => void;
}

/** Node's own streams are left alone where it can be done: they make the descriptor non-blocking for all who share it. */
function openOutput(descriptor: Descriptor, name: keyof MissingBytes, clock: Clock): Output {
  const { fd, kind } = descriptor;
  if (kind !== 'pipe' && kind !== 'socket') return { target: fdTarget(fd, clock), release: () => {} };
  const ownFd = reopenPipe(descriptor, 'write');
  if (ownFd !== undefined) {
    const own = new Socket({ fd: ownFd, readable: false, writable: true });
    // Node looks at its own now and then, at the end of every socket for one, and would make it at that moment.
    Object.defineProperty(process, name, {
      value: own,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    return { target: streamTarget(own), release: () => {} };
  }
  const wasNonBlocking = isNonBlocking(fd);
  const shared = process[name];
  return { target: streamTarget(shared), release: () => void (wasNonBlocking || makeBlocking(shared)) };
}

interface LineEnds {
  /** Follows what is written to an output. */
  readonly follow: (name: keyof MissingBytes) => (chunk: Buffer) => void;
  /** What is written to stderr next begins a line. */
  readonly isAtLineStart: () => boolean;
}

/** Knows whether the line on stderr has ended; where stdout is the same terminal, pipe or file, its lines count too. */
function trackLineEnds(isShared: boolean): LineEnds {
  let atLineStart = true;
  return {
    follow: (name) => (chunk) => {
      if (name === 'stderr' || isShared) atLineStart = chunk.at(-1) === LF;
    },
    isAtLineStart: () => atLineStart,
  };
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
