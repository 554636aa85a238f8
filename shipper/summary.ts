import { writeFileSync } from 'node:fs';
import { inheritedFd } from './base/inherited-fd.ts';
import type { RunEnd } from './run-context.ts';

/** What became of all lines, for programs that run the shipper: JSON in the file of `--summary-file`. */
export interface Summary {
  readonly agent_id: string;
  readonly worker_id: string;
  /** Empty if nothing could be sent at all. */
  readonly boot: string;
  /** As the agent wrote them: an unterminated last line counts, a line in parts counts once; `events` are our own. */
  readonly lines: { readonly stdout: number; readonly stderr: number; readonly events: number };
  /** Lines that were split because they were too long. */
  readonly split: number;
  /** Lines dropped for lack of room; the parts of a line count one by one, as they do in the rest. */
  readonly dropped: number;
  /** Lines that neither Kinesis nor the spool had at the end. */
  readonly unsent: number;
  /** Lines that stay in the spool for the next start. */
  readonly spooled: number;
  /** Lines of processes that outlived the agent, read when no more were sent. */
  readonly late: number;
  /** Bytes that are missing in the copies to our own stdout and stderr. */
  readonly copy_missing: { readonly stdout: number; readonly stderr: number };
  readonly exit_code: number;
  readonly signal: string | null;
}

/** The summary of a run that has ended. */
export function summarize(end: RunEnd): Summary {
  const { agentId, workerId, boot } = end.pipeline.identity;
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
    copy_missing: end.missingBytes,
    exit_code: end.exitCode,
    signal: end.signal,
  };
}

/** Writes the summary's file; returns the error's code if that failed. */
export function writeSummary(path: string, summary: Summary): string | undefined {
  try {
    writeFileSync(inheritedFd(path) ?? path, `${JSON.stringify(summary)}\n`);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  }
}
