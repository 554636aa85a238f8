import { isAggregate, readAggregate } from './aggregate.ts';
import { readForeign } from './foreign.ts';
import { MAX_DECODED_BYTES } from './format.ts';
import { freeIfLarge } from './free.ts';
import { type LineCollector, lineCollector } from './line-collector.ts';
import type { Arrival, Decoded, UnreadableReason } from './lines.ts';
import { type OwnRecord, readOwn } from './own.ts';
import { type Budget, unpack } from './unpack.ts';

/** Most calls of zlib for one record, each for a gzip payload or a zstd frame: thousands of tiny ones would take seconds. */
export const MAX_ZLIB_CALLS = 4096;

/**
 * Reads the data of one Kinesis record, native or foreign (docs/record-format.md). Whatever the data, it never throws and
 * never takes more memory than a small multiple of MAX_DECODED_BYTES. A record without lines gives no groups.
 */
export function decodeRecord(data: Buffer, arrival: Arrival): Decoded {
  const budget: Budget = { bytes: MAX_DECODED_BYTES, calls: MAX_ZLIB_CALLS };
  const lines = lineCollector();
  if (isAggregate(data)) return decodeAggregate(data, { arrival, budget, lines });
  const own = readInto(data, { arrival, budget, lines });
  if (own?.kind === 'unreadable') return own;
  const from = own?.from;
  return {
    kind: 'lines',
    own: own !== undefined,
    groups: lines.groups(),
    ...(from !== undefined && { from }),
  };
}

interface Into {
  readonly arrival: Arrival;
  readonly budget: Budget;
  readonly lines: LineCollector;
}

/** An aggregate may hold native and foreign records, but no further aggregate. */
function decodeAggregate(data: Buffer, { arrival, budget, lines }: Into): Decoded {
  let unreadableRecord: UnreadableReason | undefined;
  const whole = readAggregate(data, (record, partitionKey) => {
    const own = readInto(record, { arrival: { ...arrival, partitionKey }, budget, lines });
    if (own?.kind === 'unreadable') unreadableRecord = own.reason;
    return unreadableRecord === undefined;
  });
  if (unreadableRecord !== undefined) return unreadable(unreadableRecord);
  return whole ? { kind: 'lines', own: false, groups: lines.groups() } : unreadable('corrupt-aggregate');
}

/** Adds a record's lines. Returns the record if it is a native one, or why it cannot be read. */
function readInto(data: Buffer, { arrival, budget, lines }: Into): OwnRecord | undefined {
  const unpacked = unpack(data, budget);
  if (unpacked.kind === 'unreadable') return unpacked;
  const own = readOwn(unpacked.payload);
  if (own === undefined) {
    const reason = readForeign(unpacked.payload, arrival, lines);
    // The lines' texts were copied. A payload that was not compressed belongs to the caller.
    if (unpacked.payload !== data) freeIfLarge(unpacked.payload);
    return reason === undefined ? undefined : unreadable(reason);
  }
  if (!unpacked.single) return unreadable('corrupt-compression');
  if (own.kind === 'unreadable') return own;
  if (own.group !== undefined && !lines.addOwn(own.group)) return unreadable('too-many-parts');
  return own;
}

function unreadable(reason: UnreadableReason): {
  readonly kind: 'unreadable';
  readonly reason: UnreadableReason;
} {
  return { kind: 'unreadable', reason };
}
