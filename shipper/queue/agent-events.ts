import type { Source } from '../batch/record-encoder.ts';

/** What an event says beside who says it. */
export interface EventFields extends Readonly<Record<string, unknown>> {
  readonly level: 'info' | 'error' | 'fatal';
  readonly event: 'AGENT_STARTED' | 'AGENT_EXITED' | 'AGENT_CRASHED' | 'LINES_DROPPED' | 'LINES_SPLIT';
  readonly message: string;
}

/** One of our own lines in the stream, as JSON. */
export function eventLine({ agentId, workerId, boot }: Source, fields: EventFields): string {
  return JSON.stringify({ ...fields, agent_id: agentId, worker_id: workerId, boot });
}

/** `lines` since the last time that it was said, `total` since the start. */
export function linesDropped(lines: number, total: number): EventFields {
  const message = `log-drain dropped ${lines} lines`;
  return { level: 'error', event: 'LINES_DROPPED', message, lines, total };
}

/** `lines` since the last time that it was said, `total` since the start. */
export function linesSplit(lines: number, total: number): EventFields {
  const message = `log-drain split ${lines} lines that were too long`;
  return { level: 'info', event: 'LINES_SPLIT', message, lines, total };
}
