import { MAX_TIME_MS } from '../record/own.ts';

/** A record of a Kinesis event as Lambda hands it over (and as parked objects keep it). */
export interface KinesisEventRecord {
  readonly kinesis: {
    /** Absent on streams that spread records themselves. */
    readonly partitionKey?: string;
    readonly sequenceNumber: string;
    /** Base64. */
    readonly data: string;
    /** Seconds, with decimals. */
    readonly approximateArrivalTimestamp: number;
    readonly kinesisSchemaVersion?: string;
  };
  /** `<shard id>:<sequence number>` */
  readonly eventID: string;
  readonly eventSource?: string;
  readonly eventSourceARN?: string;
  readonly eventName?: string;
  readonly eventVersion?: string;
  readonly awsRegion?: string;
  readonly invokeIdentityArn?: string;
}

/** What a function is invoked with: by the mapping, or by redrive with parked objects. */
export interface DeliveryEvent {
  readonly Records: readonly KinesisEventRecord[];
  /** Set in parked objects: what is not delivered comes back in the report instead of being parked. */
  readonly redrive?: boolean;
  /** Set in objects of rejected lines: they are not put aside a second time. */
  readonly rejected?: boolean;
}

export interface DeliveryReport {
  /** Of a mapping's event the first record that is not settled; of redrive's every one. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Records of an object that are not delivered. */
export interface UndeliveredObject {
  /** Place in the event's `objects`; 0 for an event that is one object itself. */
  readonly object: number;
  /** Places in the object's `Records`, in order. */
  readonly records: readonly number[];
  /** Our own code for what the agent failed with. */
  readonly reason: string;
}

/**
 * Answers a redrive event. Records of several objects may share a sequence number (parts of one record), so that only
 * their places name them.
 */
export interface RedriveReport extends DeliveryReport {
  readonly undelivered: readonly UndeliveredObject[];
}

/** The part of Lambda's context that delivery uses. */
export interface InvocationContext {
  readonly getRemainingTimeInMillis: () => number;
}

/** Numbers and times become names of objects; parked objects can be edited, and functions be invoked by hand. */
const SEQUENCE_NUMBER = /^\d{1,128}$/;
const EVENT_ID = /^[\x21-\x7e]{1,256}$/;
const MAX_TIME_S = MAX_TIME_MS / 1000;

function isTime(seconds: unknown): boolean {
  return typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_TIME_S;
}

function isRecord(value: unknown): value is KinesisEventRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { kinesis, eventID } = value as Partial<KinesisEventRecord>;
  return (
    typeof eventID === 'string' &&
    EVENT_ID.test(eventID) &&
    typeof kinesis === 'object' &&
    kinesis !== null &&
    typeof kinesis.data === 'string' &&
    typeof kinesis.sequenceNumber === 'string' &&
    SEQUENCE_NUMBER.test(kinesis.sequenceNumber) &&
    isTime(kinesis.approximateArrivalTimestamp)
  );
}

/** Checks the shape once, at the edge. Throws a TypeError for what no mapping would send. */
export function parseEvent(event: unknown): DeliveryEvent {
  const candidate = event as Partial<DeliveryEvent> | null;
  if (typeof candidate !== 'object' || candidate === null || !Array.isArray(candidate.Records)) {
    throw new TypeError(
      'The event has no Records: invoke this function from a Kinesis event source mapping.',
    );
  }
  const at = candidate.Records.findIndex((record: unknown) => !isRecord(record));
  if (at >= 0) throw new TypeError(`Record ${at} of the event is not a Kinesis record.`);
  return {
    Records: candidate.Records,
    redrive: candidate.redrive === true,
    rejected: candidate.rejected === true,
  };
}

/** A redrive event: the objects' records one after the other, and where each one is from. */
export interface RedriveEvent {
  readonly event: DeliveryEvent;
  readonly origins: readonly { readonly object: number; readonly record: number }[];
  /** Objects that hold something else than records: left out, so that they do not fail the others. */
  readonly garbled: readonly number[];
}

/**
 * Reads `{"redrive":true,"objects":[{"Records":[…]},…]}`, or a single parked object. Undefined for a mapping's event.
 * Throws a TypeError for an object alone that holds something else than records.
 */
export function parseRedriveEvent(event: unknown): RedriveEvent | undefined {
  const { redrive, rejected, objects } = (event ?? {}) as Readonly<Record<string, unknown>>;
  if (redrive !== true) return undefined;
  const isMany = Array.isArray(objects);
  const records: KinesisEventRecord[] = [];
  const origins: { object: number; record: number }[] = [];
  const garbled: number[] = [];
  for (const [object, body] of (isMany ? (objects as readonly unknown[]) : [event]).entries()) {
    const read = isMany ? recordsOf(body) : parseEvent(body).Records;
    if (read === undefined) garbled.push(object);
    for (const [record, one] of (read ?? []).entries()) {
      records.push(one);
      origins.push({ object, record });
    }
  }
  return { event: { Records: records, redrive, rejected: rejected === true }, origins, garbled };
}

function recordsOf(body: unknown): readonly KinesisEventRecord[] | undefined {
  try {
    return parseEvent(body).Records;
  } catch {
    return undefined;
  }
}
