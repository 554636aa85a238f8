import { createGate, type Patience } from '../base/patience.ts';
import type { RetainedBytes } from './source.ts';
import type { TeeTarget, WriteError } from './tee-target.ts';

export interface TeeOptions {
  readonly maxWaitingBytes: number;
  /** How long the writer may be made to wait while `maxWaitingBytes` wait; then whole chunks are left out. */
  readonly patience: Patience;
  /** This many bytes are missing in the copy. */
  readonly onDropped: (bytes: number) => void;
  /** This chunk will be written; it is valid during the call only. */
  readonly onAccepted?: (chunk: Buffer) => void;
}

/** A copy of a stream. */
export interface Tee {
  /** A promise asks the writer to wait for it before the next chunk. `retain`: for a chunk whose memory is reused. */
  readonly write: (chunk: Buffer, retain?: () => RetainedBytes) => Promise<void> | undefined;
  /** Settles when all that was written is with the kernel. */
  readonly flushed: () => Promise<void>;
  /** Bytes that are not with the kernel yet. */
  readonly waitingBytes: () => number;
  /** No more time is given to what waits: it is left out. What is being written may still get there. */
  readonly giveUp: () => void;
}

/** Nobody reads any more: all further writes would fail as well. */
const CLOSED = new Set(['EPIPE', 'EBADF', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

const nothing = (): void => {};

export function createTee(target: TeeTarget, options: TeeOptions): Tee {
  const { maxWaitingBytes, onDropped, onAccepted } = options;
  const queue: RetainedBytes[] = [];
  let writing = false;
  let waitingBytes = 0;
  let closed = false;
  const flush = createSignal();
  const room = createSignal();
  const gate = createGate(options.patience, room.wake);

  const settle = ({ bytes, release }: RetainedBytes, error: WriteError): void => {
    release();
    waitingBytes -= bytes.length;
    if (error && CLOSED.has(error.code ?? '')) closed = true;
    else if (error) onDropped(bytes.length);
    if (waitingBytes === 0) flush.wake();
    if (waitingBytes > maxWaitingBytes / 2) return;
    gate.setFull(false);
    room.wake();
  };

  const writeNext = (): void => {
    const batch = takeBatch(queue, target.batchBytes);
    writing = batch.length > 0;
    if (!writing) return;
    target.write(
      batch.map(({ bytes }) => bytes),
      (error) => {
        for (const chunk of batch) settle(chunk, error);
        writeNext();
      },
    );
  };

  /** Whether the writer can be asked to wait, so that one more chunk is taken. */
  const asksToWait = (): boolean => {
    if (gate.isWaiting() || gate.isSpent()) return false;
    gate.setFull(true);
    return gate.isWaiting();
  };

  return {
    write: (chunk, retain) => {
      if (closed) return undefined;
      const full = waitingBytes > 0 && waitingBytes + chunk.length > maxWaitingBytes;
      if (full && !asksToWait()) {
        onDropped(chunk.length);
        return undefined;
      }
      waitingBytes += chunk.length;
      onAccepted?.(chunk);
      queue.push(retain?.() ?? { bytes: chunk, release: nothing });
      if (!writing) writeNext();
      return gate.isWaiting() ? room.next() : undefined;
    },
    flushed: async () => {
      if (waitingBytes > 0) await flush.next();
    },
    waitingBytes: () => waitingBytes,
    giveUp: () => {
      const error = Object.assign(new Error('given up'), { code: 'ECANCELED' });
      for (const chunk of queue.splice(0)) settle(chunk, error);
    },
  };
}

/** Takes the next chunks out of the queue: one, and more while they have fewer than `maxBytes` together. */
function takeBatch(queue: RetainedBytes[], maxBytes: number): readonly RetainedBytes[] {
  const batch: RetainedBytes[] = [];
  for (let bytes = 0; batch.length === 0 || bytes < maxBytes; ) {
    const next = queue.shift();
    if (next === undefined) break;
    batch.push(next);
    bytes += next.bytes.length;
  }
  return batch;
}

interface Signal {
  /** Settles at the next wake. */
  readonly next: () => Promise<void>;
  readonly wake: () => void;
}

function createSignal(): Signal {
  let waiters: (() => void)[] = [];
  return {
    next: () => new Promise((resolve) => waiters.push(resolve)),
    wake: () => {
      for (const wake of waiters.splice(0)) wake();
    },
  };
}
