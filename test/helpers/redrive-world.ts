import type { Invoked } from '../../lambdas/redrive/base/functions.ts';
import type { RedriveRequest } from '../../lambdas/redrive/base/request.ts';
import type { RedriveResult } from '../../lambdas/redrive/base/result.ts';
import type { RedriveContext } from '../../lambdas/redrive/base/run-context.ts';
import { redrive } from '../../lambdas/redrive/run.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import {
  type DeliveryEvent,
  type KinesisEventRecord,
  parseRedriveEvent,
  type RedriveEvent,
  type RedriveReport,
} from '../../shared/parking/kinesis-event.ts';
import { T0 } from './engine-harness.ts';

export const SCHEDULED: RedriveRequest = { rejected: false, dryRun: false, now: false };

/** The day of a key, as objects of ours have it. */
export function keyOf(agent: string, atMs: number, { kind = 'parked', name = '1' } = {}): string {
  const day = new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${kind}/datadog/${agent}/${day}/${atMs}-${name}.json`;
}

export function parkedBody(records: readonly KinesisEventRecord[], more: object = {}): string {
  const body = { version: 1, redrive: true, reason: 'r', lines: records.length, ...more, Records: records };
  return JSON.stringify(body);
}

export function onFailureBody(
  records: readonly KinesisEventRecord[],
  { functionName = 'drain-datadog', asObject = false } = {},
): string {
  const payload = { Records: records };
  return JSON.stringify({
    requestContext: {
      requestId: 'r',
      functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 4,
    },
    version: '1.0',
    timestamp: '2026-01-15T10:30:00.000Z',
    KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: records.length },
    payload: asObject ? payload : JSON.stringify(payload),
  });
}

export interface Call {
  readonly functionName: string;
  readonly payload: string;
  readonly event: DeliveryEvent;
  readonly origins: RedriveEvent['origins'];
}

/** Answers one invocation; `undefined`: all is delivered. */
export type Answer = (call: Call) => Invoked | undefined | Promise<Invoked | undefined>;

function callOf(functionName: string, payload: string): Call | undefined {
  try {
    const read = parseRedriveEvent(JSON.parse(payload));
    return read && { functionName, payload, event: read.event, origins: read.origins };
  } catch {
    return undefined;
  }
}

/** What a function says that could not deliver these records. */
export function undelivered(
  { event, origins }: Call,
  isLeft: (record: KinesisEventRecord) => boolean = () => true,
  reason = 'down',
): Invoked {
  const byObject = new Map<number, number[]>();
  const left = event.Records.filter(isLeft);
  for (const [i, { object, record }] of origins.entries()) {
    const one = event.Records[i];
    if (one !== undefined && left.includes(one))
      byObject.set(object, [...(byObject.get(object) ?? []), record]);
  }
  const report: RedriveReport = {
    batchItemFailures: left.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })),
    undelivered: [...byObject].map(([object, records]) => ({ object, records, reason })),
  };
  return { kind: 'returned', value: report };
}

/** A clock of which time passes only by waiting, and when the test says so. */
function worldClock(clock: { nowMs: number }, random: () => number = () => 0.5): RedriveContext['clock'] {
  return {
    now: () => clock.nowMs,
    random,
    sleep: async (ms) => {
      clock.nowMs += ms;
    },
    after: () => ({ cancel: () => undefined, unref: () => undefined }),
  };
}

export interface TestWorld {
  readonly calls: Call[];
  readonly logs: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly clock: { nowMs: number };
  readonly run: (request?: Partial<RedriveRequest>) => Promise<RedriveResult>;
}

export interface TestWorldOptions extends Partial<RedriveContext> {
  readonly bucket: Bucket;
  readonly answer?: Answer;
  readonly runMs?: number;
}

/** Redrive over a bucket, with functions that are played. */
export function createTestWorld({ answer, runMs = 300_000, ...world }: TestWorldOptions): TestWorld {
  const calls: Call[] = [];
  const logs: TestWorld['logs'] = [];
  const clock = { nowMs: T0 + 3_600_000 };
  const ports: Omit<RedriveContext, 'deadlineMs'> = {
    invoke: async (functionName, payload) => {
      const call = callOf(functionName, payload);
      // As a function does that is given no records.
      if (call === undefined) return { kind: 'function-error' };
      calls.push(call);
      return (await answer?.(call)) ?? undelivered(call, () => false);
    },
    functions: new Map([['datadog', 'drain-datadog']]),
    clock: worldClock(clock),
    log: (_level, event, fields) => void logs.push({ event, fields }),
    ...world,
  };
  return {
    calls,
    logs,
    clock,
    run: (request) => redrive({ ...SCHEDULED, ...request }, { ...ports, deadlineMs: clock.nowMs + runMs }),
  };
}
