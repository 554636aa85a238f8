import { groupBy } from '../../../shared/base/group-by.ts';
import type { KinesisEventRecord } from '../../../shared/parking/kinesis-event.ts';
import { bootOf, type LineNames } from '../../../shared/parking/line-names.ts';
import { decodeRecord } from '../../../shared/record/decode.ts';
import type { Decoded } from '../../../shared/record/lines.ts';
import { foreignDataOf } from '../../../shared/record/reencode.ts';

/** Epoch ms. */
export function arrivalOf({ kinesis }: KinesisEventRecord): number {
  return Math.round(kinesis.approximateArrivalTimestamp * 1000);
}

function decode(record: KinesisEventRecord): Decoded {
  const { partitionKey, data } = record.kinesis;
  return decodeRecord(Buffer.from(data, 'base64'), { partitionKey, arrivalMs: arrivalOf(record) });
}

/** Lines in the records; one that cannot be read counts as one. */
export function linesIn(records: readonly KinesisEventRecord[]): number {
  return records.reduce((sum, record) => {
    const decoded = decode(record);
    if (decoded.kind === 'unreadable') return sum + 1;
    return sum + decoded.groups.reduce((lines, { count }) => lines + count, 0);
  }, 0);
}

/** A record, or the part of it that is one agent's. */
export interface AgentPart {
  readonly agentId: string;
  readonly record: KinesisEventRecord;
  readonly lines: number;
  /** The lines by their names. */
  readonly holds: readonly LineNames[];
}

/** By agent, or why the record cannot be read. */
export type Parts =
  | { readonly kind: 'parts'; readonly parts: readonly AgentPart[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * A record of one agent stays as it is, byte for byte. One of several is foreign: each gets its lines as a record, which
 * keep their names, since those are made of the event's id and of their places.
 */
export function partsOf(record: KinesisEventRecord): Parts {
  const decoded = decode(record);
  if (decoded.kind === 'unreadable') return { kind: 'unreadable', reason: decoded.reason };
  const agents = groupBy(decoded.groups, ({ agentId }) => agentId);
  const parts = [...agents].map(([agentId, groups]): AgentPart => {
    const lines = groups.reduce((sum, { count }) => sum + count, 0);
    const holds = groups.map((group) => ({
      boot: bootOf(group, record.eventID),
      from: group.seq,
      to: group.seq + group.count,
    }));
    if (agents.size === 1) return { agentId, record, lines, holds };
    const data = foreignDataOf(groups.map((group) => ({ group, from: 0, to: group.count })));
    return {
      agentId,
      record: { ...record, kinesis: { ...record.kinesis, data: data.toString('base64') } },
      lines,
      holds,
    };
  });
  return { kind: 'parts', parts };
}
