/** An embedded Kinesis in this process's memory, for the real SDK in front and direct readers behind. */

import { createFaults, type Faults } from '../../receivers/kit/faults.ts';
import type { Access } from '../aws/access.ts';
import { jsonErrorBody, jsonService } from '../aws/json-protocol.ts';
import { startHttpServer } from '../aws/server.ts';
import { controlOperations } from './control-operations.ts';
import { DEFAULT_LIMITS, type StreamLimits } from './limits.ts';
import { type PutCounters, putOperations } from './put-operations.ts';
import { readOperations } from './read-operations.ts';
import type { StreamView } from './stream.ts';
import { createStreams } from './streams.ts';

export interface KinesisOptions {
  /** Of the stream that is there from the start. */
  readonly shards: number;
  /** Default `log-drain`. */
  readonly streamName?: string;
  readonly region?: string;
  readonly account?: string;
  /** Every request takes the next rule; `fail-records` has an effect on PutRecords alone. */
  readonly faults?: Faults;
  readonly limits?: Partial<StreamLimits>;
  /** Undefined: any credentials will do. */
  readonly access?: Access | undefined;
  /** Clock, epoch ms. */
  readonly now?: () => number;
}

export interface Kinesis {
  /** HTTP/1.1 and HTTP/2 with prior knowledge, so any SDK request handler works. */
  readonly endpoint: string;
  readonly region: string;
  readonly streamName: string;
  readonly streamArn: string;
  /** The stream, for readers in this process. */
  readonly stream: StreamView;
  readonly faults: Faults;
  readonly counters: Readonly<PutCounters>;
  readonly close: () => Promise<void>;
}

export async function startKinesis(options: KinesisOptions): Promise<Kinesis> {
  const {
    region = 'us-east-1',
    account = '000000000000',
    streamName = 'log-drain',
    now = Date.now,
  } = options;
  const faults = options.faults ?? createFaults();
  const counters: PutCounters = { calls: 0, records: 0, bytes: 0, failedRecords: 0 };
  const streams = createStreams({ region, account, limits: { ...DEFAULT_LIMITS, ...options.limits }, now });
  const stream = streams.create(streamName, options.shards);
  const handle = jsonService('Kinesis_20131202', {
    ...controlOperations(streams),
    ...putOperations(streams, counters),
    ...readOperations(streams, now),
  });
  const { endpoint, close } = await startHttpServer({
    handle,
    faults,
    errorBody: jsonErrorBody,
    access: options.access,
  });
  return { endpoint, region, streamName, streamArn: stream.arn, stream, faults, counters, close };
}
