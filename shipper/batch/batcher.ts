import type { Clock, Timer } from '../../shared/base/clock.ts';
import {
  FLAG_EVENTS,
  FLAG_UNTERMINATED,
  MAX_RECORD_BODY_BYTES,
  MAX_RECORD_RUNS,
  STDERR,
  STDOUT,
  type StreamCode,
  type WireRun,
} from '../../shared/record/format.ts';
import type { Batch } from './batch.ts';
import { createBufferPool, HEADER_ROOM } from './buffer-pool.ts';
import { createLineSplitter, type LineSplitter } from './line-splitter.ts';
import type { LineBlock } from './partial-line.ts';

/** A batch is closed when its first line is this old. */
const MAX_AGE_MS = 1_000;
/** The very first batch is closed sooner: first lines show up quickly, also those of an agent that crashes at once. */
const FIRST_AGE_MS = 100;

export interface BatcherOptions {
  readonly maxLineBytes: number;
  readonly onBatch: (batch: Batch) => void;
  /** Whether the streams are being read; a line is not cut for its age while they are not. Default: they are. */
  readonly isReading?: () => boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after'>;
}

export interface LineCounts {
  /** Lines as the agent wrote them: one that is sent in parts counts once, when it has ended. */
  readonly stdout: number;
  readonly stderr: number;
  readonly events: number;
  /** Lines that were split because they were too long. */
  readonly split: number;
}

/** Fills batches from two streams, interleaved by line. */
export interface Batcher {
  /** The chunk is copied. */
  readonly write: (stream: StreamCode, chunk: Buffer) => void;
  /** Ends the stream's unterminated last line; to be called before the last flush. */
  readonly end: (stream: StreamCode) => void;
  /** One of our own events, a line without LF; returns its number. */
  readonly event: (line: string) => number;
  /** Closes the batch that is being filled. */
  readonly flush: () => void;
  readonly counts: () => LineCounts;
}

type OpenRun = [stream: StreamCode, timeMs: number, lines: number, bytes: number, flags: number];

interface OpenBatch {
  readonly seq: number;
  lines: number;
  bytes: number;
  readonly runs: OpenRun[];
  readonly buffer: Buffer;
  readonly ageTimer: Timer;
}

export function createBatcher({ maxLineBytes, onBatch, isReading = always, clock }: BatcherOptions): Batcher {
  let open: OpenBatch | undefined;
  let nextSeq = 0;
  let nextAgeMs = FIRST_AGE_MS;
  let events = 0;
  const pool = createBufferPool();

  const flush = (): void => {
    if (open === undefined) return;
    const { ageTimer, seq, lines, bytes, runs, buffer } = open;
    open = undefined;
    ageTimer.cancel();
    const body = buffer.subarray(HEADER_ROOM, HEADER_ROOM + bytes);
    onBatch({ seq, lines, runs: runs.map(wireRun), body, release: () => pool.release(buffer) });
  };

  const begin = (): OpenBatch => {
    const ageTimer = clock.after(nextAgeMs, flush);
    nextAgeMs = MAX_AGE_MS;
    return { seq: nextSeq, lines: 0, bytes: 0, runs: [], buffer: pool.acquire(), ageTimer };
  };

  const add = (stream: StreamCode, block: LineBlock, timeMs = clock.now()): void => {
    const full =
      open !== undefined &&
      (open.bytes + block.bytes > MAX_RECORD_BODY_BYTES || open.runs.length === MAX_RECORD_RUNS);
    if (full) flush();
    open ??= begin();
    open.lines += block.lines;
    for (const part of block.parts) open.bytes += part.copy(open.buffer, HEADER_ROOM + open.bytes);
    nextSeq += block.lines;
    addRun(open.runs, [stream, timeMs, block.lines, block.bytes, block.flags]);
  };

  const splitterOf = (stream: StreamCode): LineSplitter =>
    createLineSplitter({
      maxLineBytes,
      onBlock: (block) => add(stream, block),
      onOldPart: (block, timeMs) => {
        add(stream, block, timeMs);
        // It has waited long enough.
        flush();
      },
      isReading,
      clock,
    });
  const splitters = { [STDOUT]: splitterOf(STDOUT), [STDERR]: splitterOf(STDERR) };

  return {
    write: (stream, chunk) => splitters[stream].write(chunk),
    end: (stream) => splitters[stream].end(),
    event: (line) => {
      const bytes = Buffer.from(`${line}\n`);
      events += 1;
      add(STDERR, { parts: [bytes], bytes: bytes.length, lines: 1, flags: FLAG_EVENTS });
      return nextSeq - 1;
    },
    flush,
    counts: () => ({
      stdout: splitters[STDOUT].lines(),
      stderr: splitters[STDERR].lines(),
      events,
      split: splitters[STDOUT].split() + splitters[STDERR].split(),
    }),
  };
}

function always(): boolean {
  return true;
}

/** Adjacent runs that are alike become one, but FLAG_UNTERMINATED is about a run's last line only. */
function addRun(runs: OpenRun[], run: OpenRun): void {
  const last = runs.at(-1);
  const alike = last !== undefined && last[0] === run[0] && last[1] === run[1] && last[4] === run[4];
  if (last === undefined || !alike || (run[4] & FLAG_UNTERMINATED) !== 0) {
    runs.push(run);
    return;
  }
  last[2] += run[2];
  last[3] += run[3];
}

function wireRun([stream, timeMs, lines, bytes, flags]: OpenRun): WireRun {
  return flags === 0 ? [stream, timeMs, lines, bytes] : [stream, timeMs, lines, bytes, flags];
}
