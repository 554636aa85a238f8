import { openSync } from 'node:fs';
import type { Clock } from '../shared/base/clock.ts';
import { createLogger, type Logger } from './base/logger.ts';
import { createTee, fdTarget, isPipeOrSocket, streamTarget, type Tee, type TeeTarget } from './input/tee.ts';
import type { ShipperOptions } from './options/options.ts';

/** Our own stdout and stderr may lag behind by this much each. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** What this process writes to. */
export interface Outputs {
  readonly stdout: Tee;
  readonly stderr: Tee;
  /** Our own messages: on stderr, or in the file of `--messages-file`. */
  readonly log: Logger;
}

/** Opens the outputs; a messages file that cannot be opened is reported on stderr. */
export function openOutputs(
  { whenTeeFull, messagesFile }: Pick<ShipperOptions, 'whenTeeFull' | 'messagesFile'>,
  clock: Clock,
): Outputs {
  let droppedBytes = 0;
  const onDropped = (bytes: number): void => {
    droppedBytes += bytes;
    log(
      'tee dropped',
      `${droppedBytes} bytes are missing so far in the copy to our own output: its reader is too slow`,
    );
  };
  const open = (fd: 1 | 2): Tee => {
    const stream = fd === 1 ? () => process.stdout : () => process.stderr;
    const target = isPipeOrSocket(fd) ? streamTarget(stream()) : fdTarget(fd, clock);
    return createTee(target, { maxWaitingBytes: MAX_WAITING_BYTES, whenFull: whenTeeFull, onDropped });
  };
  const [stdout, stderr] = [open(1), open(2)];
  const messages = openMessages(messagesFile, clock);
  const target = messages.kind === 'opened' ? messages.tee : stderr;
  const log = createLogger((line) => void target.write(Buffer.from(line)), clock);
  if (messages.kind === 'failed') log('messages', `cannot open the messages file: ${messages.why}`);
  return { stdout, stderr, log };
}

type Messages =
  | { readonly kind: 'opened'; readonly tee: Tee }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'none' };

function openMessages(path: string | undefined, clock: Clock): Messages {
  if (path === undefined) return { kind: 'none' };
  try {
    const target = messagesTarget(path, clock);
    const options = { maxWaitingBytes: MAX_WAITING_BYTES, whenFull: 'drop', onDropped: () => {} } as const;
    return { kind: 'opened', tee: createTee(target, options) };
  } catch (error) {
    return {
      kind: 'failed',
      why: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
    };
  }
}

function messagesTarget(path: string, clock: Clock): TeeTarget {
  const inherited = /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
  // A socket that was handed to us cannot be opened again by its path.
  return fdTarget(inherited === undefined ? openSync(path, 'a') : Number(inherited), clock);
}
