import * as z from 'zod';
import { type KinesisEventRecord, parseEvent } from './kinesis-event.ts';

/** How an object fared so far; kept in it. */
export interface Tries {
  /** Failures in a row without any progress. */
  readonly attempt: number;
  /** Epoch ms. */
  readonly triedMs: number;
  /** Not to be tried before, epoch ms. */
  readonly nextMs: number;
}

/** An object of the bucket, ready to be sent again. */
export interface WaitingObject {
  readonly records: readonly KinesisEventRecord[];
  /** Its lines were rejected before. */
  readonly rejected: boolean;
  readonly tries: Tries | undefined;
  /** Undefined where it is not told: batches that Lambda put aside. */
  readonly lines: number | undefined;
  /** ARN, in batches that Lambda put aside. */
  readonly functionArn: string | undefined;
  /** Its body with what is left of it. */
  readonly rewritten: (left: Left) => string;
}

export interface Left {
  readonly records: readonly KinesisEventRecord[];
  readonly lines: number;
  readonly tries: Tries | undefined;
}

const tried = z.object({ attempt: z.number(), tried_ms: z.number(), next_ms: z.number() });

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
  const { Records, lines, ...head } = withoutTries(raw);
  return {
    records: parseEvent({ Records }).Records,
    rejected: raw.rejected === true,
    tries: triesOf(raw),
    lines,
    functionArn: undefined,
    rewritten: (left) =>
      JSON.stringify({ ...head, ...keptTries(left.tries), lines: left.lines, Records: left.records }),
  };
}

function onFailureObject(raw: z.infer<typeof onFailure>): WaitingObject {
  const { payload, ...head } = withoutTries(raw);
  const event: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
  return {
    records: parseEvent(event).Records,
    rejected: false,
    tries: triesOf(raw),
    lines: undefined,
    functionArn: raw.requestContext.functionArn,
    rewritten: ({ records, tries }) =>
      JSON.stringify({ ...head, ...keptTries(tries), payload: JSON.stringify({ Records: records }) }),
  };
}

function triesOf(raw: object): Tries | undefined {
  const { data } = tried.safeParse(raw);
  return data && { attempt: data.attempt, triedMs: data.tried_ms, nextMs: data.next_ms };
}

function keptTries(tries: Tries | undefined): object {
  return tries === undefined
    ? {}
    : { attempt: tries.attempt, tried_ms: tries.triedMs, next_ms: tries.nextMs };
}

function withoutTries<T extends object>(raw: T): T {
  const { attempt: _attempt, tried_ms: _tried, next_ms: _next, ...rest } = raw as T & Record<string, unknown>;
  return rest as unknown as T;
}
