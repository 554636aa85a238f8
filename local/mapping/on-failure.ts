/** The object that Lambda writes to an S3 on-failure destination (Lambda guide, kinesis-on-failure-destination). */
import type { InvokeResult } from '../function/invoke-result.ts';
import type { StoredRecord } from '../kinesis/shard.ts';
import { type EventSource, toEvent } from './event.ts';

export interface OnFailureObject {
  readonly key: string;
  /** JSON; its `payload` is the event as a JSON string. */
  readonly body: string;
}

export interface Failure {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** Not empty. */
  readonly records: readonly StoredRecord[];
  readonly invokeCount: number;
  /** Of the last invocation, if there was one. */
  readonly result: InvokeResult | undefined;
}

export interface FailureSource extends EventSource {
  readonly mappingId: string;
  readonly functionArn: string;
  readonly newId: () => string;
}

export function toOnFailureObject(failure: Failure, source: FailureSource, nowMs: number): OnFailureObject {
  const { condition, records, invokeCount, result } = failure;
  const timestamp = new Date(nowMs).toISOString();
  const body = JSON.stringify({
    requestContext: {
      requestId: requestIdOf(result, source),
      functionArn: source.functionArn,
      condition,
      approximateInvokeCount: invokeCount,
    },
    ...(condition === 'RetryAttemptsExhausted' && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: result?.kind === 'error' ? 'Unhandled' : null,
      },
    }),
    version: '1.0',
    timestamp,
    KinesisBatchInfo: batchInfo(records, source),
    payload: JSON.stringify(toEvent(records, source)),
  });
  return { key: keyOf(source, timestamp), body };
}

/** `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`. */
function keyOf({ mappingId, shardId, newId }: FailureSource, timestamp: string): string {
  const day = timestamp.slice(0, 10).replaceAll('-', '/');
  const second = timestamp.slice(0, 19).replaceAll(':', '.');
  return `aws/lambda/${mappingId}/${shardId}/${day}/${second}-${newId()}`;
}

function batchInfo(records: readonly StoredRecord[], source: FailureSource): Record<string, unknown> {
  const [first, last] = [records[0], records.at(-1)];
  return {
    shardId: source.shardId,
    startSequenceNumber: first?.sequenceNumber,
    endSequenceNumber: last?.sequenceNumber,
    approximateArrivalOfFirstRecord: arrivalOf(first),
    approximateArrivalOfLastRecord: arrivalOf(last),
    batchSize: records.length,
    streamArn: source.streamArn,
  };
}

function arrivalOf(record: StoredRecord | undefined): string | undefined {
  return record && new Date(record.arrivalMs).toISOString();
}

function requestIdOf(result: InvokeResult | undefined, { newId }: FailureSource): string {
  const known = result === undefined || result.kind === 'throttled' ? undefined : result.requestId;
  return known ?? newId();
}
