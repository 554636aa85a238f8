import type { Duplex } from 'node:stream';

/** What a hostile party does with a connection. */
export type Misconduct =
  /** Answers go out one byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** After so many bytes of the first answer, the end. */
  | { readonly kind: 'cut-answer'; readonly bytes: number }
  /** Reads so many bytes, takes the whole lines in them, and then reads no more, resets, or closes. */
  | { readonly kind: 'read'; readonly bytes: number; readonly ending: 'nothing' | 'reset' | 'close' };

export interface Means {
  readonly misconduct: Misconduct | undefined;
  /** The client has ended its side, or seems to. */
  readonly end: () => void;
  readonly reset: () => void;
  /** As a process does that closes its socket or ends: what it has not read makes the kernel reset the connection. */
  readonly close: () => void;
}

const LF = 0x0a;

/** What comes from the client, on its way to the service. */
export function misread(client: Duplex, service: Duplex, { misconduct, end, reset, close }: Means): void {
  if (misconduct?.kind !== 'read') {
    client.once('end', end).pipe(service, { end: false });
    return;
  }
  let seen = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < misconduct.bytes) return;
    client.off('data', read).pause();
    const taken = seen.subarray(0, seen.lastIndexOf(LF, misconduct.bytes - 1) + 1);
    if (misconduct.ending === 'nothing') return;
    service.once('close', () => {
      if (misconduct.ending === 'reset') reset();
      else close();
    });
    service.end(taken);
  };
  client.on('data', read);
}

/** What comes from the service, on its way to the client. */
export function misanswer(service: Duplex, client: Duplex, misconduct: Misconduct | undefined): void {
  if (misconduct?.kind === 'drip') drip(service, client, misconduct.everyMs);
  else if (misconduct?.kind === 'cut-answer') cut(service, client, misconduct.bytes);
  else if (misconduct?.kind === 'read') service.resume();
  else service.pipe(client);
}

function drip(service: Duplex, client: Duplex, everyMs: number): void {
  const bytes: number[] = [];
  service.on('data', (chunk: Buffer) => bytes.push(...chunk));
  const timer = setInterval(() => {
    const next = bytes.shift();
    if (next !== undefined) client.write(Buffer.of(next));
  }, everyMs);
  client.once('close', () => clearInterval(timer));
  service.once('close', () => clearInterval(timer));
}

function cut(service: Duplex, client: Duplex, bytes: number): void {
  let left = bytes;
  service.on('data', (chunk: Buffer) => {
    if (left > 0 && chunk.length >= left) client.end(chunk.subarray(0, left));
    else if (left > 0) client.write(chunk);
    left -= chunk.length;
  });
}
