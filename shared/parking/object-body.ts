import type { KinesisEventRecord } from './kinesis-event.ts';

/** Why lines were put aside. */
export interface ParkingReason {
  /** Our own code. */
  readonly reason: string;
  /** The service's words, already fit to keep. */
  readonly answer: string | undefined;
}

export interface AgentLines {
  readonly kind: 'parked' | 'rejected';
  readonly destination: string;
  readonly agentId: string;
  readonly why: ParkingReason;
  readonly lines: number;
  readonly records: readonly KinesisEventRecord[];
}

/** JSON, uncompressed: an event that a function takes as it is. `waiting-object.ts` reads it. */
export function agentObjectBody({ kind, destination, agentId, why, lines, records }: AgentLines): string {
  return JSON.stringify({
    version: 1,
    redrive: true,
    ...(kind === 'rejected' ? { rejected: true } : {}),
    destination,
    agent_id: agentId,
    reason: why.reason,
    ...(why.answer === undefined ? {} : { answer: why.answer }),
    lines,
    Records: records,
  });
}

/** The same, of one record that no function can read. */
export function unreadableObjectBody(
  destination: string,
  { reason, record }: { readonly reason: string; readonly record: KinesisEventRecord },
): string {
  return JSON.stringify({
    version: 1,
    redrive: true,
    rejected: true,
    destination,
    reason,
    Records: [record],
  });
}
