import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type {
  DestinationClient,
  Encoder,
  Limits,
  Manifest,
  RequestHead,
  SendPrepared,
} from '../../shared/destination/contract.ts';
import { type Cursor, eventsOf, type LineFragment, type LineRange } from './line-ranges.ts';
import { LineView } from './line-view.ts';
import { Timing } from './time-rules.ts';

/** One encoded request and the lines in it, in order. */
export interface BuiltRequest {
  /** Sends it once. The body that it was encoded in is written over by the next request. */
  readonly send: SendPrepared;
  /** Size of the body, before it was compressed. */
  readonly bytes: number;
  readonly ranges: readonly LineRange[];
  readonly events: number;
  /** When its oldest line was read, epoch ms. */
  readonly oldestMs: number;
}

export interface RequestOptions {
  readonly manifest: Manifest;
  readonly client: DestinationClient;
  readonly agentId: string;
  /** At most the service's own limit. A first line that is larger goes alone. */
  readonly maxBytes: number;
  readonly nowMs: number;
  /** Shared by all requests of a function: building never waits. */
  readonly writer: ByteWriter;
  /** Told of a line that the service would not keep. */
  readonly onTooOld: (line: LineRange) => void;
}

/** A text this short is not split any further (the longest UTF-8 sequence). */
const MIN_FRAGMENT_BYTES = 4;
const NO_FRAGMENTS: readonly LineRange[] = [];

/** Fills one request from the cursor up to the service's limits. Undefined when no line is left. */
export function buildRequest(cursor: Cursor, options: RequestOptions): BuiltRequest | undefined {
  const first = cursor.peek();
  if (first === undefined) return undefined;
  const { manifest, client, writer, agentId } = options;
  const head: RequestHead = { agentId, workerId: first.segment.group.workerId };
  const filling: Filling = {
    ...manifest.limits,
    maxBytes: Math.min(options.maxBytes, manifest.limits.maxBytes),
    maxEventBytes: client.maxEventBytes ?? manifest.limits.maxEventBytes,
    cursor,
    client,
    head,
    writer,
    encoder: client.encoder(head),
    timing: new Timing(manifest.time, options.nowMs),
    view: new LineView(manifest.blankLine),
    onTooOld: options.onTooOld,
    range: first,
    ranges: [],
    events: 0,
    bytes: 0,
    oldestMs: Number.POSITIVE_INFINITY,
  };
  const endBytes = endBytesOf(client.encoder(head), writer);
  writer.truncate(0);
  filling.encoder.begin?.(writer);
  filling.bytes = writer.length() + endBytes;

  for (let range: LineRange | undefined = first; range !== undefined; ) {
    filling.range = range;
    range = fill(filling) ? cursor.peek() : undefined;
  }
  // A line at the front was split or passed over: what the encoder has written by now no longer counts.
  if (filling.events === 0) return buildRequest(cursor, options);
  return finish(filling, endBytes, options);
}

function finish(filling: Filling, endBytes: number, { client, nowMs }: RequestOptions): BuiltRequest {
  const { head, writer, encoder, ranges, oldestMs } = filling;
  const mark = writer.length();
  encoder.end?.(writer);
  // The request could be larger than the service takes.
  if (writer.length() - mark > endBytes)
    throw new RangeError(
      `An encoder wrote ${writer.length() - mark} bytes at its end, and ${endBytes} without lines.`,
    );
  const events = eventsOf(ranges);
  const body = writer.written();
  const send = client.prepare({ ...head, body, events, nowMs });
  return { send, bytes: body.length, ranges, events, oldestMs };
}

/** What the encoder writes at the end of a request. */
function endBytesOf(encoder: Encoder, writer: ByteWriter): number {
  if (encoder.end === undefined) return 0;
  writer.truncate(0);
  encoder.begin?.(writer);
  const begun = writer.length();
  encoder.end(writer);
  return writer.length() - begun;
}

/** A request that is being filled. */
interface Filling extends Limits {
  readonly cursor: Cursor;
  readonly client: DestinationClient;
  readonly head: RequestHead;
  readonly writer: ByteWriter;
  readonly encoder: Encoder;
  readonly timing: Timing;
  readonly view: LineView;
  readonly onTooOld: (line: LineRange) => void;
  /** At hand: the cursor's. */
  range: LineRange;
  readonly ranges: LineRange[];
  events: number;
  /** As they count against the limits. */
  bytes: number;
  oldestMs: number;
}

/** Adds lines of the range at hand; false when the request is full, or must not take what comes next. */
function fill(filling: Filling): boolean {
  const { range, view, writer, encoder, timing, maxEvents, maxBytes, maxEventBytes } = filling;
  const { group, record } = range.segment;
  let at = range.from;
  for (; at < range.to && filling.events < maxEvents; at += 1) {
    view.moveTo(group, at);
    if (range.fragment !== undefined) view.narrow(range.fragment.start, range.fragment.end);
    const readMs = view.timeMs;
    const verdict = timing.judge(view, record.arrivalMs);
    if (verdict !== 'fits') {
      take(filling, at);
      if (verdict === 'next') return false;
      filling.onTooOld({ ...range, from: at, to: at + 1 });
      filling.cursor.advance(1);
      return true;
    }
    const known = fragmentsOf(filling, at, timesTooLong(filling));
    if (known.length > 0) {
      take(filling, at);
      filling.cursor.replaceLine(known);
      return true;
    }
    const mark = writer.length();
    const size = encoder.line(writer, view, filling.events);
    const fragments = fragmentsOf(filling, at, size / maxEventBytes);
    if (fragments.length > 0 || (filling.events > 0 && filling.bytes + size > maxBytes)) {
      writer.truncate(mark);
      take(filling, at);
      if (fragments.length > 0) filling.cursor.replaceLine(fragments);
      return false;
    }
    filling.bytes += size;
    filling.events += 1;
    filling.oldestMs = Math.min(filling.oldestMs, readMs);
  }
  take(filling, at);
  return filling.events < maxEvents;
}

/** Moves the range's lines before `to` from the cursor to the request. */
function take({ ranges, cursor, range }: Filling, to: number): void {
  if (to > range.from) ranges.push(to === range.to ? range : { ...range, to });
  cursor.advance(to - range.from);
}

/**
 * How many times too long the line in view is; 0 for one that is far from it. An encoder of its own tells, since the
 * request's would remember a line that it did not get. A text too long by itself is not written: with escapes it could
 * take six times its bytes.
 */
function timesTooLong({ view, client, head, writer, maxEventBytes }: Filling): number {
  const { start, end } = view;
  const textBytes = end - start;
  if (textBytes <= maxEventBytes / 2) return 0;
  const mark = writer.length();
  if (textBytes > maxEventBytes) view.narrow(start, start);
  const size = client.encoder(head).line(writer, view, 0);
  writer.truncate(mark);
  view.narrow(start, end);
  return textBytes > maxEventBytes ? textBytes / Math.max(1, maxEventBytes - size) : size / maxEventBytes;
}

/** Cuts line `at`, `times` too long, into equal fragments between characters; none if its text is too short to cut. */
function fragmentsOf({ range, view }: Filling, at: number, times: number): readonly LineRange[] {
  const { start, end } = view;
  if (times <= 1 || end - start <= MIN_FRAGMENT_BYTES) return NO_FRAGMENTS;
  const wanted = Math.ceil(times);
  const cuts: number[] = [start];
  for (let i = 1; i < wanted; i += 1) {
    let cut = start + Math.floor(((end - start) * i) / wanted);
    while (((view.bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
    if (cut > (cuts.at(-1) ?? start)) cuts.push(cut);
  }
  if (cuts.length < 2) return NO_FRAGMENTS;
  const line: LineFragment['line'] = range.fragment?.line ?? { open: 1, rejected: undefined };
  line.open += cuts.length - 1;
  return cuts.map((from, i) => ({
    ...range,
    from: at,
    to: at + 1,
    fragment: { start: from, end: cuts[i + 1] ?? end, line },
  }));
}
