/** The event that Lambda builds from Kinesis records, and its exact size. */
import type { StoredRecord } from '../kinesis/shard.ts';

export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
}

interface KinesisEventRecord {
  readonly kinesis: {
    readonly kinesisSchemaVersion: '1.0';
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    /** Base64. */
    readonly data: string;
    /** Epoch seconds, with a fraction. */
    readonly approximateArrivalTimestamp: number;
  };
  readonly eventSource: 'aws:kinesis';
  readonly eventVersion: '1.0';
  /** `shardId-000000000000:SEQUENCE`. */
  readonly eventID: string;
  readonly eventName: 'aws:kinesis:record';
  readonly invokeIdentityArn: string;
  readonly awsRegion: string;
  readonly eventSourceARN: string;
}

/** What all events of a mapping's shard share. */
export interface EventSource {
  readonly shardId: string;
  readonly streamArn: string;
  readonly region: string;
  readonly roleArn: string;
}

/** Lambda quotas: payload of a synchronous invocation, 6 MB. */
export const MAX_EVENT_BYTES = 6_291_456;
/** `{"Records":[]}`. */
export const EMPTY_EVENT_BYTES = Buffer.byteLength(JSON.stringify({ Records: [] }));

export function toEvent(records: readonly StoredRecord[], source: EventSource): KinesisEvent {
  return { Records: records.map((record) => toEventRecord(record, source)) };
}

/** Bytes of a record in the event's JSON. */
export function eventRecordBytes(record: StoredRecord, source: EventSource): number {
  const withoutData = JSON.stringify(toEventRecord({ ...record, data: '' }, source));
  return Buffer.byteLength(withoutData) + record.data.length;
}

function toEventRecord(record: StoredRecord, source: EventSource): KinesisEventRecord {
  const { sequenceNumber, partitionKey, data, arrivalMs } = record;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data,
      approximateArrivalTimestamp: arrivalMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${source.shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: source.roleArn,
    awsRegion: source.region,
    eventSourceARN: source.streamArn,
  };
}
