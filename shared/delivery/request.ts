import type { ByteWriter } from './byte-writer.ts';
import type { Drain, Manifest, RequestHead } from './destination.ts';
import { createLineView, type LineView } from './line-view.ts';
import { type Cursor, eventsOf, type Part, type Piece } from './pieces.ts';
import { createTiming } from './timing.ts';

/** One encoded request and the lines in it, in order. */
export interface BuiltRequest {
  readonly head: RequestHead;
  readonly drain: Drain;
  /** In the shared writer: the next request is written over it. */
  readonly body: Buffer;
  readonly pieces: readonly Piece[];
  readonly events: number;
  /** When its oldest line was read, epoch ms. */
  readonly oldestMs: number;
}

export interface RequestOptions {
  readonly manifest: Manifest;
  readonly drain: Drain;
  readonly agentId: string;
  readonly nowMs: number;
  /** Shared by all requests of a function: building never waits. */
  readonly writer: ByteWriter;
  /** Told of a line that the service would not keep. */
  readonly onTooOld: (line: Piece) => void;
}

/** What an encoder's `end` may write. */
const END_RESERVE_BYTES = 16;
/** A text this short is not split any further (the longest UTF-8 sequence). */
const MIN_PART_BYTES = 4;

/** Fills one request from the cursor up to the service's limits. Undefined when no line is left. */
export function buildRequest(cursor: Cursor, options: RequestOptions): BuiltRequest | undefined {
  const first = cursor.peek();
  if (first === undefined) return undefined;
  const { manifest, drain, writer, agentId } = options;
  const head: RequestHead = { agentId, workerId: first.segment.group.workerId };
  const encoder = drain.encoder(head);
  const timing = createTiming(manifest.time, options.nowMs);
  const view = createLineView(manifest.blankLine);
  const maxEventBytes = drain.maxEventBytes ?? manifest.limits.maxEventBytes;
  const pieces: Piece[] = [];
  let events = 0;
  let oldestMs = Number.POSITIVE_INFINITY;

  writer.truncate(0);
  encoder.begin?.(writer);
  let bytes = writer.length() + END_RESERVE_BYTES;

  /** Adds lines of the piece at hand; false when the request is full, or must not take what comes next. */
  function fill(piece: Piece): boolean {
    let at = piece.from;
    const take = (): void => {
      if (at > piece.from) pieces.push({ ...piece, to: at });
      cursor.advance(at - piece.from);
    };
    for (; at < piece.to && events < manifest.limits.maxEvents; at += 1) {
      view.moveTo(piece.segment.group, at);
      if (piece.part !== undefined) view.narrow(piece.part.start, piece.part.end);
      const readMs = view.timeMs;
      const verdict = timing(view, piece.segment.record.arrivalMs);
      if (verdict !== 'fits') {
        take();
        if (verdict === 'next') return false;
        options.onTooOld({ ...piece, from: at, to: at + 1 });
        cursor.advance(1);
        return true;
      }
      const known = partsAhead(piece, at, { view, drain, head, writer, maxEventBytes });
      if (known.length > 0) {
        take();
        cursor.replaceLine(known);
        return true;
      }
      const mark = writer.length();
      const size = encoder.line(writer, view, events);
      const parts = partsOf(piece, at, { view, times: size / maxEventBytes });
      if (parts.length > 0 || (events > 0 && bytes + size > manifest.limits.maxBytes)) {
        writer.truncate(mark);
        take();
        if (parts.length > 0) cursor.replaceLine(parts);
        return false;
      }
      bytes += size;
      events += 1;
      oldestMs = Math.min(oldestMs, readMs);
    }
    take();
    return events < manifest.limits.maxEvents;
  }

  for (let piece: Piece | undefined = first; piece !== undefined && fill(piece); ) piece = cursor.peek();
  // A line at the front was split or passed over: what the encoder has written by now no longer counts.
  if (events === 0) return buildRequest(cursor, options);
  encoder.end?.(writer);
  return { head, drain, body: writer.written(), pieces, events: eventsOf(pieces), oldestMs };
}

interface Measure {
  readonly view: LineView;
  readonly drain: Drain;
  readonly head: RequestHead;
  /** Unchanged afterwards. */
  readonly writer: ByteWriter;
  readonly maxEventBytes: number;
}

/**
 * How many times too long the line in view is; 0 for one that is far from it. An encoder of its own tells, since the
 * request's would remember a line that it did not get. A text too long by itself is not written: with escapes it could
 * take six times its bytes.
 */
function timesTooLong({ view, drain, head, writer, maxEventBytes }: Measure): number {
  const { start, end } = view;
  const textBytes = end - start;
  if (textBytes <= maxEventBytes / 2) return 0;
  const mark = writer.length();
  if (textBytes > maxEventBytes) view.narrow(start, start);
  const size = drain.encoder(head).line(writer, view, 0);
  writer.truncate(mark);
  view.narrow(start, end);
  return textBytes > maxEventBytes ? textBytes / Math.max(1, maxEventBytes - size) : size / maxEventBytes;
}

/** The parts of line `at`, which is in view, if it can be told before it is written that it must be cut. */
function partsAhead(piece: Piece, at: number, measure: Measure): Piece[] {
  return partsOf(piece, at, { view: measure.view, times: timesTooLong(measure) });
}

/** Cuts line `at`, `times` too long, into equal parts between characters; none if its text is too short to cut. */
function partsOf(piece: Piece, at: number, { view, times }: { view: LineView; times: number }): Piece[] {
  const { start, end } = view;
  if (times <= 1 || end - start <= MIN_PART_BYTES) return [];
  const wanted = Math.ceil(times);
  const cuts: number[] = [start];
  for (let i = 1; i < wanted; i += 1) {
    let cut = start + Math.floor(((end - start) * i) / wanted);
    while (((view.bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
    if (cut > (cuts.at(-1) ?? start)) cuts.push(cut);
  }
  if (cuts.length < 2) return [];
  const line: Part['line'] = piece.part?.line ?? { open: 1, rejected: undefined };
  line.open += cuts.length - 1;
  return cuts.map((from, i) => ({
    ...piece,
    from: at,
    to: at + 1,
    part: { start: from, end: cuts[i + 1] ?? end, line },
  }));
}
