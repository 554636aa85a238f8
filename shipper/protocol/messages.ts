/** What the shipper's main process and its sender tell each other, apart from the records. */

/** The sender's file descriptor that brings the records; messages use the channel of `fork`. */
export const RECORDS_FD = 4;

/** The Kinesis stream: its name, and its ARN and region if an ARN was given. */
export interface StreamAddress {
  readonly name: string;
  readonly arn: string | undefined;
  readonly region: string | undefined;
}

/** Where records are written before they are sent. */
export interface SpoolTask {
  /** Absolute path. */
  readonly dir: string;
  /** Name of this shipper's folder in it, by `spoolFolderName`. */
  readonly folder: string;
  readonly maxBytes: number;
  /** When there is no room: give up the oldest record, instead of holding the newest in memory. */
  readonly dropWhenFull: boolean;
  /** The only file that the previous sender had in flight when it crashed. */
  readonly suspectFile?: string | undefined;
}

/** Given to the sender as JSON in its first argument: nothing in it is secret. */
export interface SenderTask {
  readonly stream: StreamAddress;
  readonly partitionKey: string;
  readonly spool?: SpoolTask | undefined;
  /** Several senders crashed in a row: send one record at a time, so that the next crash shows which one causes it. */
  readonly oneByOne?: boolean | undefined;
}

/** From the sender. */
export type SenderMessage =
  /** It can take records now; these of ours are in the spool already, from an earlier sender. */
  | { readonly kind: 'ready'; readonly ids: readonly number[] }
  /** Kinesis has these. */
  | { readonly kind: 'delivered'; readonly ids: readonly number[] }
  /** These are in the spool: the main process may forget their data. */
  | { readonly kind: 'spooled'; readonly ids: readonly number[] }
  /** These were in the spool and will not be sent; `lines` counts the lines of earlier shippers' records on top. */
  | { readonly kind: 'lost'; readonly ids: readonly number[]; readonly lines: number }
  /** Calls are in flight with this many records of the spool; `file` is set if it is the only record in flight. */
  | { readonly kind: 'in-flight'; readonly spooled: number; readonly file?: string | undefined }
  /** This many records of shippers that are gone are sent first. */
  | { readonly kind: 'found'; readonly records: number }
  /** This many records in the spool are for another stream, and nobody is there to send them. */
  | { readonly kind: 'left'; readonly stream: string; readonly records: number }
  /** Records are not sent, for this reason in plain words, which is to be told if that `isLong`; or they are again. */
  | { readonly kind: 'failing'; readonly reason: string; readonly isLong: boolean }
  | { readonly kind: 'working' }
  /** The spool fails, for this reason in plain words, or works again. */
  | { readonly kind: 'spool-failing'; readonly reason: string }
  | { readonly kind: 'spool-working' }
  /** Sent every second: the sender is not stuck. */
  | { readonly kind: 'heartbeat' };

export const HEARTBEAT_MS = 1_000;

/** To the sender: time is running out, so wait no longer than a second between attempts. */
export interface Hurry {
  readonly kind: 'hurry';
}

/** Checks a message that came over the channel; undefined if it is none of the sender's. */
export function parseSenderMessage(message: unknown): SenderMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const fields: Fields = { ...message };
  return parseState(fields) ?? parseRecords(fields);
}

type Fields = Readonly<Record<string, unknown>>;

function parseState({ kind, reason, isLong }: Fields): SenderMessage | undefined {
  if (kind === 'working' || kind === 'spool-working' || kind === 'heartbeat') return { kind };
  if (typeof reason !== 'string') return undefined;
  if (kind === 'failing') return { kind, reason, isLong: isLong === true };
  return kind === 'spool-failing' ? { kind, reason } : undefined;
}

function parseRecords({ kind, ids: given, ...rest }: Fields): SenderMessage | undefined {
  const { lines, records, spooled, file, stream } = rest;
  const ids = Array.isArray(given) ? given.filter((id) => typeof id === 'number') : [];
  if (kind === 'ready' || kind === 'delivered' || kind === 'spooled') return { kind, ids };
  if (kind === 'in-flight') {
    return { kind, spooled: Number(spooled), file: typeof file === 'string' ? file : undefined };
  }
  if (kind === 'lost') return { kind, ids, lines: Number(lines) };
  if (kind === 'left') return { kind, stream: String(stream), records: Number(records) };
  return kind === 'found' ? { kind, records: Number(records) } : undefined;
}
