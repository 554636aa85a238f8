/** What the shipper's main process and its sender tell each other beside the records. */

/** The sender's file descriptor that brings the records; its messages use the channel of fork. */
export const RECORDS_FD = 4;

/** The Kinesis stream: its name, and its ARN and region where an ARN was given. */
export interface StreamAddress {
  readonly name: string;
  readonly arn: string | undefined;
  readonly region: string | undefined;
}

/** Where records are written before they are sent. */
export interface SpoolTask {
  /** Absolute path. */
  readonly dir: string;
  /** Name of this shipper's folder there. */
  readonly folder: string;
  readonly maxBytes: number;
  /** Gives up the oldest record when there is no room, rather than hold the newest in memory. */
  readonly dropWhenFull: boolean;
  /** The file that the last sender had alone in hand when it died. */
  readonly blamed?: string | undefined;
}

/** Given to the sender as JSON in its first argument: nothing in it is secret. */
export interface SenderTask {
  readonly stream: StreamAddress;
  readonly partitionKey: string;
  readonly spool?: SpoolTask | undefined;
  /** Senders died one after the other: one record at a time, so that the next death tells whose fault it is. */
  readonly careful?: boolean | undefined;
}

/** From the sender. */
export type SenderMessage =
  /** It can take records now; these of ours are in the spool already, of an earlier life. */
  | { readonly kind: 'ready'; readonly ids: readonly number[] }
  /** Kinesis took these. */
  | { readonly kind: 'taken'; readonly ids: readonly number[] }
  /** These are in the spool: the sender has no more need of us for them. */
  | { readonly kind: 'spooled'; readonly ids: readonly number[] }
  /** These were in the spool and will not be sent; `lines` are those of earlier shippers' records beside. */
  | { readonly kind: 'lost'; readonly ids: readonly number[]; readonly lines: number }
  /** Calls are under way with so many records of the spool; `file` is set if one of them is all there is. */
  | { readonly kind: 'in-hand'; readonly spooled: number; readonly file?: string | undefined }
  /** So many records of shippers that are gone are sent first. */
  | { readonly kind: 'found'; readonly records: number }
  /** Sending began to fail, for this reason in plain words, or works again. */
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'well' }
  /** The spool began to fail, or works again. */
  | { readonly kind: 'spool-trouble'; readonly text: string }
  | { readonly kind: 'spool-well' }
  /** Said every second: it is not stuck. */
  | { readonly kind: 'alive' };

export const ALIVE_EVERY_MS = 1_000;

/** To the sender: time is running out, so wait no longer than a second between attempts. */
export interface Hurry {
  readonly kind: 'hurry';
}

/** A message as it came over the channel; undefined if it is none of ours. */
export function parseSenderMessage(message: unknown): SenderMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const fields: Fields = { ...message };
  return parseState(fields) ?? parseRecords(fields);
}

type Fields = Readonly<Record<string, unknown>>;

function parseState({ kind, text }: Fields): SenderMessage | undefined {
  if (kind === 'well' || kind === 'spool-well' || kind === 'alive') return { kind };
  if (kind !== 'trouble' && kind !== 'spool-trouble') return undefined;
  return typeof text === 'string' ? { kind, text } : undefined;
}

function parseRecords({ kind, ids: given, ...rest }: Fields): SenderMessage | undefined {
  const { lines, records, spooled, file } = rest;
  const ids = Array.isArray(given) ? given.filter((id) => typeof id === 'number') : [];
  if (kind === 'ready' || kind === 'taken' || kind === 'spooled') return { kind, ids };
  if (kind === 'in-hand') {
    return { kind, spooled: Number(spooled), file: typeof file === 'string' ? file : undefined };
  }
  if (kind === 'lost') return { kind, ids, lines: Number(lines) };
  return kind === 'found' ? { kind, records: Number(records) } : undefined;
}
