import { openSync } from 'node:fs';
import { createSay, type Say } from './base/logger.ts';
import { type Copy, createCopy, fdTarget, isPipeOrSocket, streamTarget } from './input/tee.ts';
import type { ShipperOptions } from './options/options.ts';

/** Our own stdout or stderr may lag behind by this much. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface Outputs {
  readonly stdout: Copy;
  readonly stderr: Copy;
  /** Our own messages: on stderr, or in the file of `--messages-file`. */
  readonly say: Say;
}

/** Opens what we write to; a messages file that cannot be opened is told on stderr. */
export function openOutputs({
  whenTeeFull,
  messagesFile,
}: Pick<ShipperOptions, 'whenTeeFull' | 'messagesFile'>): Outputs {
  let leftOutBytes = 0;
  const onLeftOut = (bytes: number): void => {
    leftOutBytes += bytes;
    say(
      'left out',
      `${leftOutBytes} bytes are missing so far in the copy to our own output: its reader is too slow`,
    );
  };
  const open = (fd: 1 | 2): Copy => {
    const stream = fd === 1 ? () => process.stdout : () => process.stderr;
    const target = isPipeOrSocket(fd) ? streamTarget(stream()) : fdTarget(fd);
    return createCopy(target, {
      maxWaitingBytes: MAX_WAITING_BYTES,
      whenFull: whenTeeFull === 'block' ? 'wait' : 'leave-out',
      onLeftOut,
    });
  };
  const [stdout, stderr] = [open(1), open(2)];
  const messages = openMessages(messagesFile);
  const target = messages.kind === 'opened' ? messages.copy : stderr;
  const say = createSay(
    (line) => void target.write(Buffer.from(line)),
    () => performance.now(),
  );
  if (messages.kind === 'failed') say('messages', `cannot open the messages file: ${messages.why}`);
  return { stdout, stderr, say };
}

type Messages =
  | { readonly kind: 'opened'; readonly copy: Copy }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'none' };

function openMessages(path: string | undefined): Messages {
  if (path === undefined) return { kind: 'none' };
  try {
    const inherited = /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
    // A socket that was handed to us cannot be opened again by its path.
    const target = fdTarget(inherited === undefined ? openSync(path, 'a') : Number(inherited));
    const options = {
      maxWaitingBytes: MAX_WAITING_BYTES,
      whenFull: 'leave-out',
      onLeftOut: () => {},
    } as const;
    return { kind: 'opened', copy: createCopy(target, options) };
  } catch (error) {
    return {
      kind: 'failed',
      why: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
    };
  }
}
