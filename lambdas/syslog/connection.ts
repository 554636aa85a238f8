import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { wholeReads } from './whole-reads.ts';

export interface Peer {
  readonly host: string;
  readonly port: number;
  /** Empty for IP addresses, which SNI does not carry (RFC 6066 section 3). */
  readonly serverName: string;
  readonly secureContext: SecureContext;
  readonly lookup: LookupFunction;
}

export interface Waits {
  /** Name, TCP and TLS together. */
  readonly connectMs: number;
  /** For the peer's end after ours. */
  readonly closeMs: number;
}

export type Ending =
  /** The peer ended its side after ours, without an error. */
  | { readonly kind: 'closed' }
  /** All was handed to the network and no error came, but no end either. */
  | { readonly kind: 'silent' }
  /** No error, but not all was taken: `timeout` is the attempt's own. */
  | { readonly kind: 'stopped'; readonly reason: 'connect-timeout' | 'timeout' | 'closed-early' }
  | { readonly kind: 'error'; readonly error: unknown };

const SLICE_BYTES = 256 * 1024;

/** Slices, so that TLS never holds a second copy of the whole body. */
function* slices(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += SLICE_BYTES) yield body.subarray(at, at + SLICE_BYTES);
}

interface Connection {
  readonly tcp: Socket;
  readonly tls: TLSSocket;
  /** What has come from the peer ends where a TLS record ends. */
  readonly isWhole: () => boolean;
}

/**
 * TLS over a stream of ours and not over the socket itself: there, Node swallows a reset that meets TLS's last message,
 * close_notify (crypto_tls.cc, OnStreamAfterWrite after a shutdown), and what is left to read looks like an orderly end.
 * The socket outlives TLS, since a peer may say close_notify and then reset: so does rsyslog when it is stopped.
 */
function open({ host, port, serverName, secureContext, lookup }: Peer): Connection {
  const { onread, isWhole } = wholeReads((bytes) => stream.destroyed || stream.push(bytes));
  const tcp = connectTcp({ host, port, lookup, allowHalfOpen: true, onread });
  const stream = new Duplex({
    read: () => void tcp.resume(),
    write: (chunk: Buffer, _encoding, done) => passOn(tcp, [chunk], done),
    writev: (chunks, done) =>
      passOn(
        tcp,
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
    final: (done) => afterReading(() => tcp.destroyed || tcp.end(done)),
    destroy: (error, done) => {
      tcp.resume().end();
      done(error);
    },
  });
  tcp.once('end', () => stream.push(null));
  const tls = connect({
    socket: stream,
    host,
    servername: serverName,
    secureContext,
    rejectUnauthorized: true,
  });
  return { tcp, tls, isWhole };
}

/** Hands what TLS made of one slice to the network in one go. What fails here shows as an error of `tcp`. */
function passOn(tcp: Socket, chunks: readonly Buffer[], done: () => void): void {
  let left = chunks.length;
  const written = (error?: Error | null): void => {
    left -= 1;
    if (left === 0 && !error) done();
  };
  afterReading(() => {
    if (tcp.destroyed) return;
    tcp.cork();
    for (const chunk of chunks) tcp.write(chunk, written);
    tcp.uncork();
  });
}

/**
 * A whole turn of the event loop reads what has come in: an alert that says why the peer has closed comes before the
 * failure of a write to the closed connection, which would destroy the socket unread.
 */
function afterReading(task: () => void): void {
  setImmediate(() => setImmediate(task));
}

/**
 * What is sent again is taken back by a reset: an orderly end says that all was sent, and that the last line is whole.
 * rsyslog and syslog-ng keep what they have read until then all the same.
 */
function isSentAgain({ kind }: Ending): boolean {
  return kind === 'stopped' || kind === 'error';
}

/**
 * Sends a body over a connection of its own, ends our side and waits for the peer's end. TCP does not tell what the
 * peer has read: an orderly end after ours is the best evidence there is, so it is waited for, and what it says is
 * `closed`, not more.
 */
export function sendOnce(
  peer: Peer,
  body: Buffer,
  { signal, waits }: { readonly signal: AbortSignal; readonly waits: Waits },
): Promise<Ending> {
  return new Promise((resolve) => {
    const { tcp, tls: socket, isWhole } = open(peer);
    const aborted = (): void => settle({ kind: 'stopped', reason: 'timeout' });
    let begun = false;
    let timer = setTimeout(() => settle({ kind: 'stopped', reason: 'connect-timeout' }), waits.connectMs);

    function settle(ending: Ending): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      resolve(ending);
      if (begun && isSentAgain(ending) && !tcp.writableEnded) tcp.resetAndDestroy();
      socket.destroy();
      tcp.destroy();
    }

    signal.addEventListener('abort', aborted);
    // Stays for good: a destroyed socket may still report an error.
    socket.on('error', (error) => settle({ kind: 'error', error }));
    // An alert that came before a reset says more than the reset, and TLS may still have to read it.
    tcp.on('error', (error) => setImmediate(() => settle({ kind: 'error', error })));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      begun = true;
      // Reading on takes in session tickets and alerts; unread bytes would turn our close into a reset.
      socket.resume();
      Readable.from(slices(body)).pipe(socket);
    });
    socket.once('finish', () => {
      if (!socket.destroyed) timer = setTimeout(() => settle({ kind: 'silent' }), waits.closeMs);
    });
    socket.once('end', () => {
      const allWritten = socket.writableEnded && socket.writableLength === 0;
      if (!allWritten) settle({ kind: 'stopped', reason: 'closed-early' });
    });
    // Comes when both sides have ended; a reset in between is reported as an error first.
    tcp.once('close', (hadError) => {
      if (!hadError) settle(isWhole() ? { kind: 'closed' } : { kind: 'stopped', reason: 'closed-early' });
    });
    if (signal.aborted) aborted();
  });
}
