import type { AgentIdentity } from '../batch/record-encoder.ts';

/** An event without the identity of its agent. */
export interface EventFields extends Readonly<Record<string, unknown>> {
  readonly level: 'info' | 'warn' | 'error' | 'fatal';
  readonly event: 'AGENT_STARTED' | 'AGENT_EXITED' | 'AGENT_CRASHED' | 'LINES_DROPPED' | 'LINES_SPLIT';
  readonly message: string;
}

/** An event as a line of JSON for the stream. */
export function eventLine({ agentId, workerId, boot }: AgentIdentity, fields: EventFields): string {
  return JSON.stringify({ ...fields, agent_id: agentId, worker_id: workerId, boot });
}

/** `lines` since the last announcement, `total` since the start. */
export function linesDropped(lines: number, total: number): EventFields {
  const message = `log-drain dropped ${lines} lines`;
  return { level: 'error', event: 'LINES_DROPPED', message, lines, total };
}

/** `lines` since the last announcement, `total` since the start. */
export function linesSplit(lines: number, total: number): EventFields {
  const message = `log-drain split ${lines} lines that were too long`;
  return { level: 'info', event: 'LINES_SPLIT', message, lines, total };
}
