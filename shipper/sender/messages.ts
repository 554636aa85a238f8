/** What the shipper's main process and its sender tell each other beside the records. */

/** The sender's file descriptor that brings the records; its messages use the channel of fork. */
export const RECORDS_FD = 4;

/** The Kinesis stream: its name, and its ARN and region where an ARN was given. */
export interface StreamAddress {
  readonly name: string;
  readonly arn: string | undefined;
  readonly region: string | undefined;
}

/** Given to the sender as JSON in its first argument: nothing in it is secret. */
export interface SenderTask {
  readonly stream: StreamAddress;
  readonly partitionKey: string;
}

/** From the sender. */
export type SenderMessage =
  /** It can take records now. */
  | { readonly kind: 'ready' }
  /** Kinesis took these. */
  | { readonly kind: 'taken'; readonly ids: readonly number[] }
  /** Sending began to fail, for this reason in plain words, or works again. */
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'well' }
  /** Said every second: it is not stuck. */
  | { readonly kind: 'alive' };

export const ALIVE_EVERY_MS = 1_000;

/** To the sender: time is running out, so wait no longer than a second between attempts. */
export interface Hurry {
  readonly kind: 'hurry';
}

/** A message as it came over the channel; undefined if it is none of ours. */
export function parseSenderMessage(message: unknown): SenderMessage | undefined {
  return typeof message === 'object' && message !== null && 'kind' in message
    ? parseObject(message)
    : undefined;
}

function parseObject(message: { readonly kind: unknown }): SenderMessage | undefined {
  const { kind } = message;
  if (kind === 'ready' || kind === 'well' || kind === 'alive') return { kind };
  if (kind === 'trouble' && 'text' in message && typeof message.text === 'string') {
    return { kind, text: message.text };
  }
  if (kind === 'taken' && 'ids' in message && Array.isArray(message.ids)) {
    return { kind, ids: message.ids.filter((id) => typeof id === 'number') };
  }
  return undefined;
}
