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
import { createRecordMemory, HEADER_ROOM } from './buffer-pool.ts';
import { createLineCutter } from './line-splitter.ts';
import type { Block } from './partial-line.ts';

/** A batch closes when its first line is this old … */
const MAX_AGE_MS = 1_000;
/** … and the very first one sooner: whoever tries us out, or crashes at once, is not kept waiting. */
const FIRST_AGE_MS = 100;

export interface BatcherOptions {
  readonly maxLineBytes: number;
  readonly onBatch: (batch: Batch) => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** Runs `task` once after `delayMs`; the result calls it off. */
  readonly schedule: (task: () => void, delayMs: number) => () => void;
}

export interface LineCounts {
  /** Lines as the agent wrote them: a split one counts once. */
  readonly stdout: number;
  readonly stderr: number;
  readonly events: number;
  /** Lines that were split. */
  readonly split: number;
}

/** Fills batches from two streams, interleaved by line. */
export interface Batcher {
  /** The chunk is not needed afterwards. */
  readonly write: (stream: StreamCode, chunk: Buffer) => void;
  /** Ends the stream's unterminated last line. */
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
  readonly memory: Buffer;
  readonly cancelAge: () => void;
}

export function createBatcher(options: BatcherOptions): Batcher {
  const { maxLineBytes, onBatch, now, schedule } = options;
  let open: OpenBatch | undefined;
  let nextSeq = 0;
  let nextAgeMs = FIRST_AGE_MS;
  let events = 0;
  const memories = createRecordMemory();

  const flush = (): void => {
    if (open === undefined) return;
    const { cancelAge, seq, lines, bytes, runs, memory } = open;
    open = undefined;
    cancelAge();
    const body = memory.subarray(HEADER_ROOM, HEADER_ROOM + bytes);
    onBatch({ seq, lines, runs: runs.map(wireRun), body, release: () => memories.giveBack(memory) });
  };

  const begin = (): OpenBatch => {
    const cancelAge = schedule(flush, nextAgeMs);
    nextAgeMs = MAX_AGE_MS;
    return { seq: nextSeq, lines: 0, bytes: 0, runs: [], memory: memories.take(), cancelAge };
  };

  const add = (stream: StreamCode, block: Block): void => {
    const full =
      open !== undefined &&
      (open.bytes + block.bytes > MAX_RECORD_BODY_BYTES || open.runs.length === MAX_RECORD_RUNS);
    if (full) flush();
    open ??= begin();
    open.lines += block.lines;
    for (const part of block.parts) open.bytes += part.copy(open.memory, HEADER_ROOM + open.bytes);
    nextSeq += block.lines;
    addRun(open.runs, [stream, now(), block.lines, block.bytes, block.flags]);
  };

  const cutters = {
    [STDOUT]: createLineCutter(maxLineBytes, (block) => add(STDOUT, block)),
    [STDERR]: createLineCutter(maxLineBytes, (block) => add(STDERR, block)),
  };

  return {
    write: (stream, chunk) => cutters[stream].write(chunk),
    end: (stream) => cutters[stream].end(),
    event: (line) => {
      const bytes = Buffer.from(`${line}\n`);
      events += 1;
      add(STDERR, { parts: [bytes], bytes: bytes.length, lines: 1, flags: FLAG_EVENTS });
      return nextSeq - 1;
    },
    flush,
    counts: () => ({
      stdout: cutters[STDOUT].lines(),
      stderr: cutters[STDERR].lines(),
      events,
      split: cutters[STDOUT].split() + cutters[STDERR].split(),
    }),
  };
}

/** Adjacent runs alike are one, but FLAG_UNTERMINATED speaks of a run's last line alone. */
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
