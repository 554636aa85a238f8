import { groupBy } from '../../shared/base/group-by.ts';
import { createLru, type Lru } from '../../shared/base/lru.ts';
import { createRangeSet, type RangeSet } from '../../shared/base/range-set.ts';
import { bootOf } from '../../shared/parking/line-names.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { MAX_DECODED_BYTES as MAX_RECORD_BYTES } from '../../shared/record/format.ts';
import { free } from '../../shared/record/free.ts';
import { type Decoded, type LineGroup, sourceOf } from '../../shared/record/lines.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type RecordProgress, type Segment, startRecord } from './progress.ts';
import { MAX_BOOTS, type SettledFate, type SettledLines } from './settled-lines.ts';

/** A stretch of the event's records that is decoded, delivered and let go of together. */
export interface Wave {
  /** By agent, in the order in which they are to be sent. */
  readonly segments: ReadonlyMap<string, readonly Segment[]>;
  readonly unreadable: readonly { readonly record: RecordProgress; readonly reason: string }[];
  /** Position of the first record after the wave. */
  readonly next: number;
  /** Gives the lines' memory back, so that it is there for the next wave. They can't be read any more. */
  readonly free: () => void;
}

const MAX_DECODED_BYTES = 48 * 1024 * 1024;
const MAX_RECORDS = 2_000;
/**
 * What a run counts, which has some 100 bytes, and a group with all that is made of it until its lines are settled, which
 * has some 500, and 1,000 if it is ours: several times as much, since V8's heap grows by a multiple before what earlier
 * waves left is collected.
 */
const BYTES_PER_RUN = 400;
const BYTES_PER_GROUP = { own: 3_000, foreign: 1_500 } as const;
/** What a wave's every agent and worker counts: settings that are read, a request that waits and an answer. */
const BYTES_PER_SOURCE = 24_000;

/** Line names that were met in this invocation, so that a copy within the batch is sent once. */
export type SeenLines = Pick<Lru<RangeSet>, 'get' | 'set'>;

export function createSeenLines(now: () => number): SeenLines {
  return createLru({ maxEntries: MAX_BOOTS, maxAgeMs: Number.POSITIVE_INFINITY, now });
}

/** What decoding needs of an invocation. */
export interface DecodeContext {
  readonly settledLines: SettledLines;
  readonly telemetry: Telemetry;
  readonly redrive: boolean;
  /** The event holds lines that were rejected before. */
  readonly rejectedBefore: boolean;
  /** LinesReceived counts a record once per container. */
  readonly firstSight: (eventId: string) => boolean;
}

interface WaveContext {
  readonly context: DecodeContext;
  readonly seen: SeenLines;
}

/** Decodes records from `first` on, up to the bound on memory, and drops the lines that are settled already. */
export function decodeWave(
  records: readonly RecordProgress[],
  first: number,
  { context, seen }: WaveContext,
): Wave {
  const found: (readonly Segment[])[] = [];
  const unreadable: { record: RecordProgress; reason: string }[] = [];
  const groups: (readonly LineGroup[])[] = [];
  const held: Held = { sources: new Set(), buffers: new Set() };
  let bytes = 0;
  let next = first;
  for (let record = records[next]; record !== undefined; record = records[next]) {
    if (bytes >= MAX_DECODED_BYTES || next - first >= MAX_RECORDS) break;
    const decoded = decodeSource(record);
    const added = addedBy(decoded, held);
    const cost = costOf(decoded, added);
    // Only records of very many small parts cost this much: one begins a wave of its own, decoded a second time.
    if (next > first && bytes + cost > MAX_DECODED_BYTES + MAX_RECORD_BYTES) {
      freeLines(groupsOf(decoded));
      break;
    }
    next += 1;
    if (decoded.kind === 'unreadable') {
      unreadable.push({ record, reason: decoded.reason });
      continue;
    }
    bytes += cost;
    groups.push(decoded.groups);
    for (const source of added.sources) held.sources.add(source);
    for (const buffer of added.buffers) held.buffers.add(buffer);
    startRecord(
      record,
      decoded.groups.reduce((sum, { count }) => sum + count, 0),
    );
    if (context.firstSight(record.source.eventID)) context.telemetry.count('LinesReceived', record.lines);
    found.push(segmentsOf(record, decoded, { context, seen }));
  }
  return { segments: inSendingOrder(found.flat()), unreadable, next, free: () => groups.forEach(freeLines) };
}

function groupsOf(decoded: Decoded): readonly LineGroup[] {
  return decoded.kind === 'lines' ? decoded.groups : [];
}

function freeLines(groups: readonly LineGroup[]): void {
  for (const { bytes, places } of groups) {
    free(bytes);
    if (places.marks.byteLength > Buffer.poolSize) free(places.marks);
  }
}

function decodeSource({ source, arrivalMs }: RecordProgress): Decoded {
  const { data, partitionKey } = source.kinesis;
  return decodeRecord(Buffer.from(data, 'base64'), { partitionKey, arrivalMs });
}

/** What a wave holds, once each. Small texts share their buffers with other records' (`Buffer.poolSize`). */
interface Held {
  readonly sources: Set<string>;
  readonly buffers: Set<ArrayBufferLike | Uint32Array>;
}

/** What the record holds that its wave does not hold yet. */
function addedBy(decoded: Decoded, { sources, buffers }: Held): Held {
  const groups = groupsOf(decoded);
  return {
    sources: new Set(groups.map(sourceOf).filter((source) => !sources.has(source))),
    buffers: new Set(
      groups
        .flatMap(({ bytes, places }) => [bytes.buffer, places.marks])
        .filter((buffer) => !buffers.has(buffer)),
    ),
  };
}

/** Memory that the record adds: whole buffers, since a text of some bytes keeps the whole payload that it came in. */
function costOf(decoded: Decoded, { sources, buffers }: Held): number {
  const objects = groupsOf(decoded).reduce(
    (sum, { boot, runs }) =>
      sum + BYTES_PER_GROUP[boot === undefined ? 'foreign' : 'own'] + runs.length * BYTES_PER_RUN,
    0,
  );
  return [...buffers].reduce(
    (sum, { byteLength }) => sum + byteLength,
    objects + sources.size * BYTES_PER_SOURCE,
  );
}

/** A parked object is sent again because its lines were parked, and an object of rejected lines because they were rejected. */
function fatesToSkip({ redrive, rejectedBefore }: DecodeContext): readonly SettledFate[] {
  if (rejectedBefore) return ['delivered'];
  return redrive ? ['delivered', 'rejected'] : ['delivered', 'parked', 'rejected'];
}

/** The record's lines that neither an earlier invocation nor an earlier record of this one has dealt with. */
function segmentsOf(
  record: RecordProgress,
  decoded: Extract<Decoded, { kind: 'lines' }>,
  { context, seen }: WaveContext,
): Segment[] {
  const fates = fatesToSkip(context);
  const segments: Segment[] = [];
  const numberingOf = numberings(record);
  let repeated = 0;
  for (const group of decoded.groups) {
    const { boot, settled } = numberingOf(group);
    const { seq, count } = group;
    const own = group.boot !== undefined;
    const met = seen.get(boot) ?? createRangeSet();
    seen.set(boot, met);
    repeated += count;
    for (const unsettled of context.settledLines.unsettled(boot, { from: seq, to: seq + count }, fates)) {
      for (const { from, to } of met.missing(unsettled.from, unsettled.to)) {
        segments.push({ record, group, from: from - seq, to: to - seq, boot, own, settled });
        repeated -= to - from;
      }
    }
    met.add(seq, seq + count);
  }
  record.unsettled -= repeated;
  if (repeated > 0) context.telemetry.count('Duplicates', repeated);
  return segments;
}

type Numbering = Pick<Segment, 'boot' | 'settled'>;

/** What a group's lines are numbered within: their boot, or the record of another producer. */
function numberings({ source: { eventID } }: RecordProgress): (group: LineGroup) => Numbering {
  // One for each agent and not for each of the groups, of which such a record may have tens of thousands.
  const foreign = new Map<string, Numbering>();
  return (group) => {
    if (group.boot !== undefined) return { boot: bootOf(group, eventID), settled: createRangeSet() };
    const numbering = foreign.get(group.agentId) ?? {
      boot: bootOf(group, eventID),
      settled: createRangeSet(),
    };
    foreign.set(group.agentId, numbering);
    return numbering;
  };
}

/**
 * Groups by agent. Records of one worker may arrive out of order (PutRecords keeps none), so its boots go in
 * the order of their first arrival and the lines of a boot by number, in the places that the worker has.
 */
function inSendingOrder(found: readonly Segment[]): Map<string, Segment[]> {
  const byAgent = groupBy(found, ({ group }) => group.agentId);
  for (const [agentId, segments] of byAgent) {
    const byWorker = new Map<string, Iterator<Segment>>();
    for (const [workerId, ofWorker] of groupBy(segments, ({ group }) => group.workerId)) {
      byWorker.set(workerId, sortedByBoot(ofWorker).values());
    }
    const ordered = segments.map(({ group }) => byWorker.get(group.workerId)?.next().value as Segment);
    byAgent.set(agentId, ordered);
  }
  return byAgent;
}

function sortedByBoot(ofWorker: readonly Segment[]): Segment[] {
  const byBoot = groupBy(ofWorker, ({ boot }) => boot);
  return [...byBoot.values()].flatMap((segments) =>
    segments.toSorted((a, b) => a.group.seq + a.from - (b.group.seq + b.from)),
  );
}
