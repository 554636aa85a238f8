/** All streams of the embedded service, found by name, by ARN or by both. */
import { z } from 'zod';
import { ServiceError } from '../aws/json-protocol.ts';
import type { StreamLimits } from './limits.ts';
import { createStream, type Stream } from './stream.ts';

export const streamName = z.string().regex(/^[a-zA-Z0-9_.-]{1,128}$/, 'must be a stream name');

/** How every operation names its stream. */
export const streamAddress = z.object({
  StreamName: streamName.optional(),
  StreamARN: z.string().optional(),
});
type StreamAddress = z.infer<typeof streamAddress>;

export interface Streams {
  readonly find: (address: StreamAddress) => Stream;
  readonly create: (name: string, shards: number) => Stream;
  readonly remove: (stream: Stream) => void;
  /** Sorted, as ListStreams tells them. */
  readonly names: () => readonly string[];
  /** For messages. */
  readonly account: string;
}

export interface StreamsOptions {
  readonly region: string;
  readonly account: string;
  readonly limits: StreamLimits;
  readonly now: () => number;
}

export function createStreams({ region, account, limits, now }: StreamsOptions): Streams {
  const byName = new Map<string, Stream>();
  const arnPrefix = `arn:aws:kinesis:${region}:${account}:stream/`;

  function nameOf({ StreamName, StreamARN }: StreamAddress): string {
    if (StreamARN === undefined) {
      if (StreamName !== undefined) return StreamName;
      throw new ServiceError('InvalidArgumentException', 'Either StreamName or StreamARN must be given.');
    }
    const name = StreamARN.slice(StreamARN.lastIndexOf('/') + 1);
    if (StreamName !== undefined && StreamName !== name) {
      throw new ServiceError('InvalidArgumentException', 'StreamName and StreamARN name different streams.');
    }
    if (StreamARN !== arnPrefix + name) throw notFound(StreamARN);
    return name;
  }

  function notFound(what: string): ServiceError {
    return new ServiceError(
      'ResourceNotFoundException',
      `Stream ${what} under account ${account} not found.`,
    );
  }

  return {
    account,
    names: () => [...byName.keys()].toSorted(),
    find: (address) => {
      const name = nameOf(address);
      const stream = byName.get(name);
      if (stream === undefined) throw notFound(name);
      return stream;
    },
    create: (name, shards) => {
      if (byName.has(name)) {
        throw new ServiceError(
          'ResourceInUseException',
          `Stream ${name} under account ${account} already exists.`,
        );
      }
      const stream = createStream({ name, arn: arnPrefix + name, shards, limits, now });
      byName.set(name, stream);
      return stream;
    },
    remove: (stream) => {
      byName.delete(stream.name);
    },
  };
}
