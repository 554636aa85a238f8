/** PutRecord and PutRecords. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { FaultAction } from '../../receivers/kit/faults.ts';
import { type Operations, parseInput, ServiceError } from '../aws/json-protocol.ts';
import { MAX_HASH_KEY } from './sequence.ts';
import type { NewRecord, Stream } from './stream.ts';
import { type Streams, streamAddress } from './streams.ts';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MAX_ANSWER_DELAY_MS = 2000;

const record = z.object({
  Data: z.string(),
  PartitionKey: z.string().min(1).max(256),
  ExplicitHashKey: z
    .string()
    .regex(/^(0|[1-9]\d{0,38})$/)
    .transform(BigInt)
    .refine((key) => key <= MAX_HASH_KEY, 'must be below 2^128')
    .optional(),
});
const putRecord = streamAddress.extend(record.shape);
const putRecords = streamAddress.extend({ Records: z.array(record).min(1) });

interface Entry {
  readonly ShardId?: string;
  readonly SequenceNumber?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** How many records were taken and refused, all streams together. */
export interface PutCounters {
  calls: number;
  records: number;
  bytes: number;
  failedRecords: number;
}

export function putOperations(streams: Streams, counters: PutCounters): Operations {
  function throttleMessage(stream: Stream, shardId: string): string {
    return `Rate exceeded for shard ${shardId} in stream ${stream.name} under account ${streams.account}.`;
  }

  function place(stream: Stream, one: NewRecord): Entry & { readonly full?: boolean } {
    const placed = stream.put(one);
    if (placed.kind === 'stored') {
      counters.records += 1;
      counters.bytes += one.bytes;
      return { SequenceNumber: placed.sequenceNumber, ShardId: placed.shardId };
    }
    return { ...refusal(stream, placed.shardId), full: placed.kind === 'full' };
  }

  function refusal(stream: Stream, shardId: string): Entry {
    counters.failedRecords += 1;
    const ErrorMessage = throttleMessage(stream, shardId);
    return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage };
  }

  /** Of a call, nothing is stored after a record that found no room: a smaller one would overtake it. */
  function placeAll(
    stream: Stream,
    records: readonly NewRecord[],
    fails: (index: number) => Entry | undefined,
  ): readonly Entry[] {
    let refused: Entry | undefined;
    return records.map((one, index) => {
      if (refused !== undefined) counters.failedRecords += 1;
      const known = refused ?? fails(index);
      if (known !== undefined) return known;
      const { full = false, ...entry } = place(stream, one);
      if (full) refused = entry;
      return entry;
    });
  }

  return {
    PutRecord: async (input) => {
      const request = parseInput(putRecord, input);
      const stream = streams.find(request);
      const entry = place(stream, checkedRecord(request, stream));
      counters.calls += 1;
      stream.announce();
      await makeRoom(stream);
      if (entry.ErrorCode !== undefined) throw new ServiceError(entry.ErrorCode, entry.ErrorMessage ?? '');
      return { ...entry, EncryptionType: 'NONE' };
    },
    PutRecords: async (input, fault) => {
      const request = parseInput(putRecords, input);
      const stream = streams.find(request);
      const records = checkedRecords(request.Records, stream);
      const entries = placeAll(stream, records, failing(fault, records.length));
      counters.calls += 1;
      stream.announce();
      await makeRoom(stream);
      const FailedRecordCount = entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
      return { FailedRecordCount, Records: entries, EncryptionType: 'NONE' };
    },
  };
}

/** The fault that makes every n-th of `count` records fail, or one of them, without being stored. */
function failing(fault: FaultAction | undefined, count: number): (index: number) => Entry | undefined {
  if (fault?.kind !== 'fail-records') return () => undefined;
  const { every, code } = fault;
  const entry = { ErrorCode: code, ErrorMessage: 'a fault that was asked for' };
  return (index) => {
    if (every === 'first') return index === 0 ? entry : undefined;
    return (index + 1) % (every === 'last' ? count : every) === 0 ? entry : undefined;
  };
}

/** A slow consumer slows the producer: the answer waits, below any client's patience, for records to be passed. */
async function makeRoom(stream: Stream): Promise<void> {
  const enough = new AbortController();
  const patience = sleep(MAX_ANSWER_DELAY_MS, undefined, { signal: enough.signal, ref: false }).catch(
    () => {},
  );
  await Promise.race([stream.room(), patience]);
  enough.abort();
}

function checkedRecords(records: readonly z.infer<typeof record>[], stream: Stream): NewRecord[] {
  const { callRecords, callBytes } = stream.limits;
  if (records.length > callRecords) {
    throw new ServiceError(
      'ValidationException',
      `1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length less than or equal to ${callRecords}`,
    );
  }
  const checked = records.map((one) => checkedRecord(one, stream));
  if (checked.reduce((sum, { bytes }) => sum + bytes, 0) > callBytes) {
    throw new ServiceError('InvalidArgumentException', `Records size exceeds ${callBytes} bytes limit`);
  }
  return checked;
}

function checkedRecord(one: z.infer<typeof record>, stream: Stream): NewRecord {
  const { Data: data, PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey } = one;
  if (data.length % 4 !== 0 || !BASE64.test(data)) {
    throw new ServiceError('SerializationException', 'Data is not base64');
  }
  const bytes = Buffer.byteLength(data, 'base64') + Buffer.byteLength(partitionKey);
  if (bytes > stream.limits.recordBytes) {
    throw new ServiceError(
      'ValidationException',
      `1 validation error detected: data and partition key must be at most ${stream.limits.recordBytes} bytes together`,
    );
  }
  return { partitionKey, data, bytes, explicitHashKey };
}
