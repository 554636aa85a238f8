import { writeFileSync } from 'node:fs';
import type { JobEnd } from './run-context.ts';

/** What became of all lines, for programs that run us: JSON in the file of `--summary-file`, written at the end. */
export interface Summary {
  readonly agent_id: string;
  readonly worker_id: string;
  readonly boot: string;
  /** As the agent wrote them: an unterminated last line counts, a split line counts once; `events` are ours. */
  readonly lines: { readonly stdout: number; readonly stderr: number; readonly events: number };
  /** Lines that were split. */
  readonly split: number;
  /** Lines left out of the stream for want of room, and lines that neither Kinesis nor the spool had taken at the end; split ones count as their parts. */
  readonly dropped: number;
  readonly unsent: number;
  /** Lines that are left in the spool for the next start. */
  readonly spooled: number;
  /** Lines of processes that outlived the agent, read when the sending had ended. */
  readonly late: number;
  readonly exit_code: number;
  readonly signal: string | null;
}

export function summarize(end: JobEnd): Summary {
  const { agentId, workerId, boot } = end.pipeline.source;
  const { split, ...lines } = end.pipeline.counts();
  return {
    agent_id: agentId,
    worker_id: workerId,
    boot,
    lines,
    split,
    dropped: end.pipeline.droppedLines(),
    unsent: end.unsentLines,
    spooled: end.spooledLines,
    late: end.lateLines,
    exit_code: end.exitCode,
    signal: end.signal,
  };
}

/** Returns what went wrong, if anything did. */
export function writeSummary(path: string, summary: Summary): string | undefined {
  try {
    writeFileSync(path, `${JSON.stringify(summary)}\n`);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  }
}
