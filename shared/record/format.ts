/** The record, version 1: what the shipper writes and the functions read. */

export const RECORD_VERSION = 1;

/** A record closes at this many bytes of agent output … */
export const MAX_RECORD_BODY_BYTES = 1024 * 1024;
/** … or at this many runs, whichever comes first. */
export const MAX_RECORD_RUNS = 4096;
/** A record never decodes to more than this, whatever its compressed size. */
export const MAX_DECODED_BYTES = 16 * 1024 * 1024;

export const STDOUT = 0;
export const STDERR = 1;
export type StreamCode = typeof STDOUT | typeof STDERR;

/** The run's last line was not ended by the agent: its LF is ours (a split line, or the end of the stream). */
export const FLAG_UNTERMINATED = 1;
/** The lines are the shipper's own events. */
export const FLAG_EVENTS = 2;

/** `[stream, read time in epoch ms, lines, bytes, flags?]` */
export type WireRun =
  | readonly [StreamCode, number, number, number]
  | readonly [StreamCode, number, number, number, number];

/** The record's first line, as JSON. Readers ignore keys they do not know. */
export interface RecordHeader {
  readonly log_drain: typeof RECORD_VERSION;
  readonly agent_id: string;
  readonly worker_id: string;
  /** `[A-Za-z0-9_-]{1,32}`, random for each start of a shipper. */
  readonly boot: string;
  /** Number of the record's first line since `boot`. */
  readonly seq: number;
  readonly runs: readonly WireRun[];
  /** Writer's name and version. */
  readonly from?: string;
}
