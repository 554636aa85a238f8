import { randomUUID } from 'node:crypto';
import { PARKING_BUCKET } from '../../local/function-environment.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { agentObjectBody } from '../../shared/parking/object-body.ts';
import { agentObjectKey } from '../../shared/parking/object-key.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import type { Stage } from '../stage/stage.ts';

/** Lines of one agent in one record, as a shipper wrote them some time ago. */
export interface OldLines {
  readonly agentId: string;
  /** Number of the first line. */
  readonly seq: number;
  readonly lines: number;
}

const AN_HOUR_MS = 60 * 60_000;
let sequence = 0;

/** The record, and its lines as the stage counts them. */
function writtenBefore(stage: Stage, { agentId, seq, lines }: OldLines): KinesisEventRecord {
  const workerId = `${agentId}-w`;
  const body = Buffer.from(
    Array.from({ length: lines }, (_, i) => `${stage.marker} ${workerId} line ${seq + i}\n`).join(''),
  );
  stage.wrote(workerId, body);
  const timeMs = Date.now() - AN_HOUR_MS;
  const header = {
    log_drain: 1,
    agent_id: agentId,
    worker_id: workerId,
    boot: 'earlier',
    seq,
    runs: [[0, timeMs, lines, body.length]],
  } as const;
  sequence += 1;
  const sequenceNumber = String(sequence).padStart(56, '4');
  return {
    kinesis: {
      partitionKey: workerId,
      sequenceNumber,
      approximateArrivalTimestamp: timeMs / 1000,
      data: recordPayload(header, [body]).toString('base64'),
    },
    eventID: `shardId-000000000000:${sequenceNumber}`,
  };
}

function store({ twin }: Stage, key: string, body: string): void {
  twin.s3.objects.put(PARKING_BUCKET, { key, body: Buffer.from(body) });
}

/** An object of the agent's in the bucket, as a function parks it. */
export function parkBefore(stage: Stage, old: OldLines): void {
  const { agentId, seq, lines } = old;
  const record = writtenBefore(stage, old);
  const arrivalMs = Math.round(record.kinesis.approximateArrivalTimestamp * 1000);
  const holds = [{ boot: [agentId, `${agentId}-w`, 'earlier'].join('\n'), from: seq, to: seq + lines }];
  const of = { kind: 'parked', destination: 'datadog', agentId } as const;
  const why = { reason: 'status-503', answer: undefined };
  store(
    stage,
    agentObjectKey({ ...of, arrivalMs, holds }),
    agentObjectBody({ ...of, why, lines, records: [record] }),
  );
}

/** A batch that Lambda put aside: docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export function putAsideByLambda(stage: Stage, olds: readonly OldLines[]): void {
  const { arn } = stage.drain('datadog').function;
  const records = olds.map((old) => writtenBefore(stage, old));
  const body = {
    requestContext: { functionArn: arn, condition: 'RecordAgeExceeded' },
    version: '1.0',
    payload: JSON.stringify({ Records: records }),
  };
  const key = `aws/lambda/${MAPPING}/shardId-000000000000/2026/01/15/2026-01-15T10.30.00-${randomUUID()}`;
  store(stage, key, JSON.stringify(body));
}

const MAPPING = randomUUID();
