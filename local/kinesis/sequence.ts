/** Sequence numbers and hash keys in the service's shape: 56 digits that only grow, MD5 as a 128-bit number. */
import { createHash } from 'node:crypto';

const DIGITS = 56;
const SHARD_DIGITS = 6;
/** Today's numbers of the real service begin with 496. */
const PREFIX = '496';

export const MAX_HASH_KEY = 2n ** 128n - 1n;

/** Makes a stream's numbers. One counter for all shards, so that a child's numbers follow its parents'. */
export function createSequence(createdMs: number): (shardIndex: number) => string {
  const epoch = String(createdMs).padStart(14, '0');
  let count = 0;
  return (shardIndex) => {
    count += 1;
    const counter = String(count).padStart(DIGITS - PREFIX.length - epoch.length - SHARD_DIGITS, '0');
    return `${PREFIX}${epoch}${counter}${String(shardIndex).padStart(SHARD_DIGITS, '0')}`;
  };
}

/** Numbers of one length compare as text. */
export function comparableSequence(sequenceNumber: string): string {
  return sequenceNumber.padStart(DIGITS, '0');
}

/** The shard that a number was made for. */
export function shardIndexOf(sequenceNumber: string): number {
  return Number(sequenceNumber.slice(-SHARD_DIGITS));
}

export function shardIdOf(shardIndex: number): string {
  return `shardId-${String(shardIndex).padStart(12, '0')}`;
}

/** Where a partition key belongs: its MD5 as an unsigned 128-bit number (Kinesis API reference, PutRecord). */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}
