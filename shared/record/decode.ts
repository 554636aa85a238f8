import { MAX_DECODED_BYTES } from './format.ts';
import type { Arrival, Decoded, UnreadableReason } from './lines.ts';
import { readOwn } from './own.ts';
import { type Budget, unpack } from './unpack.ts';

/** Calls of zlib for one record: enough for an aggregate of many small compressed records, done in half a second. */
const MAX_ZLIB_CALLS = 16_384;

/**
 * Reads the data of one Kinesis record, ours or foreign. Never throws and never takes more than a small multiple
 * of MAX_DECODED_BYTES, whatever the data. A record without lines gives no groups.
 */
export function decodeRecord(data: Buffer, _arrival: Arrival): Decoded {
  if (data.length === 0) return unreadable('empty');
  const budget: Budget = { bytes: MAX_DECODED_BYTES, calls: MAX_ZLIB_CALLS };
  const unpacked = unpack(data, budget);
  if (unpacked.kind === 'unreadable') return unpacked;
  if (unpacked.payload.length === 0) return unreadable('empty');
  const own = readOwn(unpacked.payload);
  if (own === undefined) return unreadable('unknown-format');
  if (own.kind === 'unreadable') return own;
  if (!unpacked.single) return unreadable('corrupt-compression');
  return {
    kind: 'lines',
    own: true,
    groups: own.group === undefined ? [] : [own.group],
    ...(own.from !== undefined && { from: own.from }),
  };
}

function unreadable(reason: UnreadableReason): Decoded {
  return { kind: 'unreadable', reason };
}
