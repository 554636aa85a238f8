import { DEFAULT_LIMITS, SERVICE_SHARD_RATE } from '../../local/kinesis/limits.ts';
import { isOpen, type StoredRecord } from '../../local/kinesis/shard.ts';
import { createStream, type Stream, type StreamView } from '../../local/kinesis/stream.ts';
import { type LineFate, nameOf } from '../ledger/ledger.ts';
import { idsIn } from '../ledger/lines.ts';
import { EPOCH_MS } from '../time/process.ts';
import { plainOf } from './bucket.ts';
import type { World } from './world.ts';

/** The twin's own stream, with an eye on each line in it. */
export interface WatchedStream {
  readonly put: (record: { readonly partitionKey: string; readonly data: Buffer }) => 'stored' | 'refused';
  readonly announce: () => void;
  /** For the mapping: what it has passed is never read again, so that each line of it has to be safe. */
  readonly view: StreamView;
  /** Splits a shard, or merges two. */
  readonly reshard: () => void;
  /** The line is in a record that the mapping has not passed. */
  readonly holds: (line: LineFate) => boolean;
}

export interface StreamOptions {
  readonly shards: number;
  /** The line needs no record any more. */
  readonly isSettled: (line: LineFate) => boolean;
}

export function createWatchedStream(world: World, { shards, isSettled }: StreamOptions): WatchedStream {
  const { ledger, timeline } = world;
  const random = world.random.fork('stream');
  const stream = createStream({
    name: 'simulated',
    arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/simulated',
    shards,
    limits: { ...DEFAULT_LIMITS, shardRate: SERVICE_SHARD_RATE },
    now: () => EPOCH_MS + Math.floor(timeline.now()),
  });
  /** Of each line, how many of its records were not passed. */
  const open = new Map<number, number>();
  const passed = new Map<string, number>();

  function linesOf({ data }: StoredRecord): number[] {
    return idsIn(plainOf(Buffer.from(data, 'base64')));
  }

  function pass(shardId: string, position: number): void {
    const shard = stream.shards().find(({ id }) => id === shardId);
    for (let at = passed.get(shardId) ?? 0; at < position; at += 1) {
      const record = shard?.at(at);
      for (const id of record === undefined ? [] : linesOf(record)) {
        const line = ledger.line(id);
        const left = (open.get(id) ?? 1) - 1;
        if (left > 0) open.set(id, left);
        else open.delete(id);
        if (!isSettled(line))
          ledger.violate('passed-unsettled', `${nameOf(line)} was passed in ${shardId} and is nowhere`);
      }
    }
    passed.set(shardId, Math.max(position, passed.get(shardId) ?? 0));
  }

  return {
    put: ({ partitionKey, data }) => {
      const bytes = data.length + Buffer.byteLength(partitionKey);
      const placed = stream.put({ partitionKey, data: data.toString('base64'), bytes });
      if (placed.kind !== 'stored') return 'refused';
      for (const id of idsIn(plainOf(data))) {
        ledger.line(id).copies += 1;
        open.set(id, (open.get(id) ?? 0) + 1);
      }
      return 'stored';
    },
    announce: stream.announce,
    view: {
      ...stream,
      consumer: () => {
        const consumer = stream.consumer();
        return {
          ...consumer,
          passed: (shardId, position) => {
            pass(shardId, position);
            consumer.passed(shardId, position);
          },
        };
      },
    },
    reshard: () => reshard(stream, random.chance(0.6)),
    holds: ({ id }) => open.has(id),
  };
}

function reshard(stream: Stream, wantsSplit: boolean): void {
  const shards = stream.shards().filter(isOpen);
  const [first] = shards;
  if (first === undefined) return;
  const { start, end } = first.hashRange;
  const neighbour = shards.find(({ hashRange }) => hashRange.start === end + 1n);
  if (wantsSplit || neighbour === undefined) stream.split(first.id, start + (end - start) / 2n + 1n);
  else stream.merge(first.id, neighbour.id);
}
