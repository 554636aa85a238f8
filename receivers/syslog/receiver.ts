import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type TLSSocket } from 'node:tls';
import { type Authority, createAuthority } from '../kit/certificate.ts';
import { closer } from '../kit/close-server.ts';
import { createFaults, type FaultAction } from '../kit/faults.ts';
import { isReset } from '../kit/is-reset.ts';
import { createJournal, type FoundEvent, type Journal } from '../kit/journal.ts';
import { portOf } from '../kit/port.ts';
import type { OnAccepted, Receiver, ReceiverOptions } from '../kit/receiver.ts';
import type { ReceiverKind, ServiceAddress } from '../kit/receiver-kind.ts';
import { ANSWERS } from './answers.ts';
import { escapeHashes, unescapeControls } from './control-characters.ts';
import { type FrameRules, framesOf, readFrame } from './frames.ts';

export interface SyslogOptions extends ReceiverOptions {
  /** Asked for before each message; none by default. */
  readonly token?: string;
  /** Elements that each message must have, in their brackets; by default it must have none. */
  readonly structuredData?: string;
  /** `newline` by default. */
  readonly framing?: FrameRules['framing'];
  /** Of one frame, its LF included; 8096 by default, as rsyslog's maxMessageSize. */
  readonly maxBytes?: number;
  /** Connections must show a certificate of the receiver's own authority. */
  readonly clientCertificate?: boolean;
}

const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;

/** A connection, with the socket below TLS: TLS itself cannot reset, nor tell that it was reset. */
interface Connection {
  readonly socket: TLSSocket;
  readonly raw: Socket;
  readonly closing: AbortSignal;
}

/** Reads to the peer's half-close; undefined if the connection ends in another way. */
async function readAll(socket: TLSSocket): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<boolean>((resolve) => {
    socket.once('end', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  return (await ended) ? Buffer.concat(chunks) : undefined;
}

/** Takes what a connection carried; false if its last frame has no end, and then nothing is taken. */
function take(bytes: Buffer, rules: FrameRules, journal: Journal): boolean {
  const { frames, complete } = framesOf(bytes, rules.framing);
  if (!complete) {
    journal.violate(['a connection ends within a frame']);
    return false;
  }
  const found = frames.map((frame) => readFrame(frame, rules));
  journal.violate(found.filter((one) => typeof one === 'string'));
  journal.accept(found.filter((one): one is FoundEvent => typeof one !== 'string'));
  return true;
}

/** A status makes no sense here: it stands for a reset, before the frames are taken or after. */
function resetBy(fault: FaultAction | undefined): 'before' | 'after' | undefined {
  if (fault?.kind === 'reset') return fault.when;
  if (fault?.kind === 'status') return 'before';
  return fault?.kind === 'accept-then-status' ? 'after' : undefined;
}

interface Work {
  readonly fault: FaultAction | undefined;
  readonly rules: FrameRules;
  readonly journal: Journal;
}

async function serve({ socket, raw, closing }: Connection, { fault, rules, journal }: Work): Promise<void> {
  const reset = (): void => void raw.resetAndDestroy();
  // Bytes are left in the kernel: the peer's writes will block.
  if (fault?.kind === 'hang') return;
  if (resetBy(fault) === 'before') {
    reset();
    return;
  }
  const bytes = await readAll(socket);
  if (bytes === undefined || (await isReset(raw))) return;
  if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: closing }).catch(() => undefined);
  if (closing.aborted) return;
  const whole = take(bytes, rules, journal);
  if (whole && resetBy(fault) === undefined) socket.end();
  else reset();
}

function settingsOf(
  port: number,
  authority: Authority,
  options: SyslogOptions,
): Readonly<Record<string, string>> {
  const client = options.clientCertificate === true ? authority.issueClient() : undefined;
  return {
    SYSLOG_ENDPOINT: `127.0.0.1:${port}`,
    LOGS_CA: authority.cert,
    ...(options.token === undefined ? {} : { SYSLOG_TOKEN: options.token }),
    ...(options.structuredData === undefined ? {} : { SYSLOG_STRUCTURED_DATA: options.structuredData }),
    ...(options.framing === undefined ? {} : { SYSLOG_FRAMING: options.framing }),
    ...(options.maxBytes === undefined ? {} : { SYSLOG_MAX_BYTES: String(options.maxBytes) }),
    ...(client === undefined ? {} : { SYSLOG_CLIENT_CERT: client.cert, SYSLOG_CLIENT_KEY: client.key }),
  };
}

/** A stand-in takes connections as fast as they come. */
const settingsAt = ({ authority, ca }: ServiceAddress): Readonly<Record<string, string>> => ({
  SYSLOG_ENDPOINT: authority,
  SYSLOG_CONNECTIONS_PER_SECOND: '1000',
  ...(ca === undefined ? {} : { LOGS_CA: ca }),
});

/**
 * A syslog server over TLS with an authority of its own. A connection's frames are accepted together when it
 * is half-closed by the sender, and answered by closing the other half. Accepted events are the frames as
 * strings, without LF or length, and with `***` for the token and the structured data.
 */
export async function startSyslog(onAccepted: OnAccepted, options: SyslogOptions = {}): Promise<Receiver> {
  const { faults = createFaults(), now = Date.now, framing = 'newline', maxBytes = 8096 } = options;
  const { token, structuredData } = options;
  const rules: FrameRules = { framing, maxBytes, token, structuredData };
  const journal = createJournal(onAccepted, now);
  const authority = createAuthority();
  const closing = new AbortController();
  const sockets = new Map<string, Socket>();

  const server = createServer({
    ...authority.issueServer(),
    ca: authority.cert,
    minVersion: 'TLSv1.2',
    allowHalfOpen: true,
    requestCert: options.clientCertificate === true,
    rejectUnauthorized: options.clientCertificate === true,
  });
  server.on('connection', (raw: Socket) => {
    const name = peer(raw);
    sockets.set(name, raw);
    raw.on('error', () => undefined).once('close', () => sockets.delete(name));
  });
  server.on('secureConnection', (socket) => {
    journal.seen();
    const raw = sockets.get(peer(socket));
    // A peer that resets is its own affair; what it sent is then not taken.
    socket.on('error', () => undefined);
    const fault = faults.next();
    if (raw === undefined) return;
    void serve({ socket, raw, closing: closing.signal }, { fault, rules, journal });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    id: 'syslog',
    settings: settingsOf(portOf(server), authority, options),
    faults,
    requests: journal.requests,
    violations: journal.violations,
    close: closer(server, () => {
      closing.abort();
      for (const raw of sockets.values()) raw.destroy();
    }),
  };
}

export const RECEIVER: ReceiverKind = {
  start: startSyslog,
  protocol: 'syslog',
  view: { streams: false, ordered: true, decode: unescapeControls, encode: escapeHashes },
  settingsAt,
  answers: ANSWERS,
};
