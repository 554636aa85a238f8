import type { Invoked } from '../../lambdas/redrive/functions.ts';
import type { RedriveRequest } from '../../lambdas/redrive/request.ts';
import type { RedriveResult } from '../../lambdas/redrive/result.ts';
import { redrive } from '../../lambdas/redrive/run.ts';
import type { RedriveContext } from '../../lambdas/redrive/run-context.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import {
  type DeliveryEvent,
  type KinesisEventRecord,
  parseEvent,
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
}

/** Answers one invocation; `undefined`: all is delivered. */
export type Answer = (call: Call) => Invoked | undefined | Promise<Invoked | undefined>;

const DELIVERED_ALL: Invoked = { kind: 'returned', value: { batchItemFailures: [] } };

/** What a function says that could not deliver from this record on. */
export function leftFrom(record: KinesisEventRecord | undefined): Invoked {
  const itemIdentifier = record?.kinesis.sequenceNumber ?? '';
  return { kind: 'returned', value: { batchItemFailures: [{ itemIdentifier }] } };
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
      const call: Call = { functionName, payload, event: parseEvent(JSON.parse(payload)) };
      calls.push(call);
      return (await answer?.(call)) ?? DELIVERED_ALL;
    },
    functions: new Map([['datadog', 'drain-datadog']]),
    clock: { now: () => clock.nowMs, random: () => 0.5 },
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
