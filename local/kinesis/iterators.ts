/** Shard iterators: opaque text that holds a place in a shard, good for five minutes. */
import { z } from 'zod';
import { ServiceError } from '../aws/json-protocol.ts';

export interface IteratorPosition {
  readonly arn: string;
  readonly shardId: string;
  readonly position: number;
}

/** Kinesis developer guide: "a shard iterator expires five minutes after it is returned". */
const LIFETIME_MS = 5 * 60 * 1000;
const parts = z.tuple([z.string(), z.string(), z.number(), z.number()]);

export function encodeIterator({ arn, shardId, position }: IteratorPosition, nowMs: number): string {
  return Buffer.from(JSON.stringify([arn, shardId, position, nowMs])).toString('base64');
}

export function decodeIterator(iterator: string, nowMs: number): IteratorPosition {
  const result = parts.safeParse(parseJson(Buffer.from(iterator, 'base64').toString('utf8')));
  if (!result.success) throw new ServiceError('InvalidArgumentException', 'Invalid ShardIterator.');
  const [arn, shardId, position, issuedMs] = result.data;
  if (nowMs - issuedMs > LIFETIME_MS) {
    throw new ServiceError(
      'ExpiredIteratorException',
      'Iterator expired: it is older than 300000 milliseconds.',
    );
  }
  return { arn, shardId, position };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
