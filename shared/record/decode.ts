import { isAggregate, readAggregate } from './aggregate.ts';
import { readForeign } from './foreign.ts';
import { MAX_DECODED_BYTES } from './format.ts';
import { freeIfLarge } from './free.ts';
import { type LineCollector, lineCollector } from './line-collector.ts';
import type { Arrival, Decoded, UnreadableReason } from './lines.ts';
import { type OwnRecord, readOwn } from './own.ts';
import { type Budget, unpack } from './unpack.ts';

/** Calls of zlib for one record. Each also makes work for the garbage collector, so hostile ones take their time. */
const MAX_ZLIB_CALLS = 4096;

/**
 * Reads the data of one Kinesis record, ours or foreign. Never throws and never takes more than a small multiple
 * of MAX_DECODED_BYTES, whatever the data. A record without lines gives no groups.
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

/** The records of an aggregate are ours or foreign; it may hold both, and no further aggregate. */
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

/** Adds a record's lines; says what it was if it was one of ours, or why it cannot be read. */
function readInto(data: Buffer, { arrival, budget, lines }: Into): OwnRecord | undefined {
  const unpacked = unpack(data, budget);
  if (unpacked.kind === 'unreadable') return unpacked;
  const own = readOwn(unpacked.payload);
  if (own === undefined) {
    const reason = readForeign(unpacked.payload, arrival, lines);
    // Its texts have been copied. What was not compressed is the caller's.
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
