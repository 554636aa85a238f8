import * as z from 'zod';
import { type KinesisEventRecord, parseEvent } from './kinesis-event.ts';

/** An object of the bucket, ready to be sent again. */
export interface WaitingObject {
  readonly records: readonly KinesisEventRecord[];
  /** Its lines were rejected before. */
  readonly rejected: boolean;
  /** Undefined where it is not told: batches that Lambda put aside. */
  readonly lines: number | undefined;
  /** ARN, in batches that Lambda put aside. */
  readonly functionArn: string | undefined;
  /** The body of an object of ours with what is left of it, by default all of it, in the form that our writer gives it. */
  readonly body: (left?: Left) => string;
}

export interface Left {
  readonly records: readonly KinesisEventRecord[];
  readonly lines: number;
}

const parked = z.looseObject({
  version: z.literal(1),
  redrive: z.literal(true),
  rejected: z.boolean().optional(),
  lines: z.number().optional(),
  Records: z.array(z.unknown()),
});

/** What Lambda writes; `payload` is the event as a JSON string: docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
const onFailure = z.looseObject({
  requestContext: z.looseObject({ functionArn: z.string() }),
  payload: z.unknown(),
});

/** Reads an object of ours or of Lambda's; undefined for anything else, a newer version's objects too. */
export function parseWaitingObject(body: string): WaitingObject | undefined {
  try {
    const json: unknown = JSON.parse(body);
    const { data: ours } = parked.safeParse(json);
    if (ours !== undefined) return parkedObject(ours);
    const { data: lambdas } = onFailure.safeParse(json);
    return lambdas === undefined ? undefined : onFailureObject(lambdas);
  } catch {
    return undefined;
  }
}

function parkedObject(raw: z.infer<typeof parked>): WaitingObject {
  // Earlier versions kept in it how often and when it was tried.
  const { attempt: _attempt, tried_ms: _tried, next_ms: _next, Records, lines, ...head } = raw;
  const { version, redrive, ...rest } = head;
  const records = parseEvent({ Records }).Records;
  return {
    records,
    rejected: raw.rejected === true,
    lines,
    functionArn: undefined,
    body: (left = { records, lines: lines ?? records.length }) =>
      JSON.stringify({ version, redrive, ...rest, lines: left.lines, Records: left.records }),
  };
}

function onFailureObject({ requestContext, payload }: z.infer<typeof onFailure>): WaitingObject {
  const event: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
  return {
    records: parseEvent(event).Records,
    rejected: false,
    lines: undefined,
    functionArn: requestContext.functionArn,
    body: () => {
      throw new TypeError('a batch that Lambda put aside is no object of ours');
    },
  };
}
