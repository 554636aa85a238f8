import { groupBy } from '../../../shared/base/group-by.ts';
import type { KinesisEventRecord } from '../../../shared/parking/kinesis-event.ts';
import { agentObjectBody, unreadableObjectBody } from '../../../shared/parking/object-body.ts';
import { agentObjectKey, unreadableObjectKey } from '../../../shared/parking/object-key.ts';
import { type AgentPart, arrivalOf, partsOf } from '../sending/records.ts';

/** An object of a batch that was taken apart. */
export interface BatchObject {
  /** Undefined for a record that no function can read. */
  readonly agentId: string | undefined;
  readonly key: string;
  readonly body: string;
}

/** Why they are in the bucket: Lambda says more in the batch's own object, which is gone by then. */
const WHY = { reason: 'expired', answer: undefined };
const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

/** A batch of Lambda's as objects of its agents, named by what they hold: taken apart twice, they are the same. */
export function* takeApart(
  records: readonly KinesisEventRecord[],
  destination: string,
): Generator<BatchObject> {
  const all: AgentPart[] = [];
  for (const record of records) {
    const read = partsOf(record);
    if (read.kind === 'parts') {
      for (const part of read.parts) all.push(part);
      continue;
    }
    yield {
      agentId: undefined,
      key: unreadableObjectKey(destination, { arrivalMs: arrivalOf(record), eventId: record.eventID }),
      body: unreadableObjectBody(destination, { reason: read.reason, record }),
    };
  }
  for (const [agentId, parts] of groupBy(all, ({ agentId: id }) => id)) {
    for (const some of objectsOf(parts)) yield agentObject(some, agentId, destination);
  }
}

function* objectsOf(parts: readonly AgentPart[]): Generator<readonly AgentPart[]> {
  let some: AgentPart[] = [];
  let bytes = 0;
  for (const part of parts) {
    const size = part.record.kinesis.data.length;
    if (some.length > 0 && bytes + size > MAX_OBJECT_BYTES) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(part);
    bytes += size;
  }
  if (some.length > 0) yield some;
}

function agentObject(parts: readonly AgentPart[], agentId: string, destination: string): BatchObject {
  const records = parts.map(({ record }) => record);
  const lines = parts.reduce((sum, part) => sum + part.lines, 0);
  const body = agentObjectBody({ kind: 'parked', destination, agentId, why: WHY, lines, records });
  const arrivalMs = Math.min(...records.map(arrivalOf));
  const holds = parts.flatMap((part) => part.holds);
  return { agentId, key: agentObjectKey({ kind: 'parked', destination, agentId, arrivalMs, holds }), body };
}
