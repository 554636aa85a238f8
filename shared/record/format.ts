/** The record, version 1: what the shipper writes and the functions read. docs/record-format.md describes it. */

export const RECORD_VERSION = 1;

/** The shipper closes a record at this many bytes of agent output … */
export const MAX_RECORD_BODY_BYTES = 1024 * 1024;
/** … or at this many runs, whichever comes first. */
export const MAX_RECORD_RUNS = 4096;
/** A record that decodes to more than this is unreadable. */
export const MAX_DECODED_BYTES = 16 * 1024 * 1024;

export const STDOUT = 0;
export const STDERR = 1;
export type StreamCode = typeof STDOUT | typeof STDERR;

/** The agent did not end the run's last line; the shipper added its LF (part of a line that goes on, or the end of the stream). */
export const FLAG_UNTERMINATED = 1;
/** The lines are the shipper's own events. */
export const FLAG_EVENTS = 2;

/** `[stream, read time in epoch ms, lines, bytes, flags?]` */
export type WireRun =
  | readonly [StreamCode, number, number, number]
  | readonly [StreamCode, number, number, number, number];

/** The payload's first line, as JSON. Readers ignore other keys. */
export interface RecordHeader {
  readonly log_drain: typeof RECORD_VERSION;
  readonly agent_id: string;
  readonly worker_id: string;
  /** `[A-Za-z0-9_-]{1,32}`, made anew at each start of a shipper. */
  readonly boot: string;
  /** Number of the record's first line since `boot`. */
  readonly seq: number;
  readonly runs: readonly WireRun[];
  /** The writer's name and version. */
  readonly from?: string;
}
