import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** What a server speaks: `neither` if it answers in some other way, `unknown` if it does not answer. */
export type Spoken = 'http/2' | 'http/1.1' | 'neither' | 'unknown';

const PATIENCE_MS = 3_000;
/** The client's preface and an empty SETTINGS frame, which the server answers by one of its own (RFC 9113 section 3.4). */
const HTTP2_HELLO = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
/** Of a frame's header, the type is the fourth byte. */
const SETTINGS = 4;
const FRAME_HEADER_BYTES = 9;

/** Asks a server, an http or https URL, which version of HTTP it speaks. Never rejects; takes 6 s at the longest. */
export async function probeHttp(origin: URL): Promise<Spoken> {
  const first = await exchange(origin, HTTP2_HELLO);
  if (first.alpn === 'h2') return 'http/2';
  if (first.alpn === 'http/1.1') return 'http/1.1';
  const { bytes } = first;
  if (bytes.length >= FRAME_HEADER_BYTES && bytes[3] === SETTINGS && bytes[0] === 0) return 'http/2';
  if (isHttp1(bytes)) return 'http/1.1';
  const request = `GET / HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: close\r\n\r\n`;
  const second = await exchange(origin, Buffer.from(request));
  if (isHttp1(second.bytes)) return 'http/1.1';
  return second.bytes.length > 0 ? 'neither' : 'unknown';
}

function isHttp1(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 6) === 'HTTP/1';
}

interface Reply {
  /** What TLS has agreed on, if it has. */
  readonly alpn?: string;
  readonly bytes: Buffer;
}

/** The beginning of what comes back; nothing if none comes in time. */
function exchange(origin: URL, words: Buffer): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = open(origin);
    let bytes: Buffer = Buffer.alloc(0);
    const end = (): void => {
      resolve({ bytes });
      socket.destroy();
    };
    socket.setTimeout(PATIENCE_MS, end);
    socket.on('error', end);
    socket.on('close', end);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= FRAME_HEADER_BYTES) end();
    });
    socket.on('secureConnect', () => {
      const { alpnProtocol } = socket as TLSSocket;
      if (typeof alpnProtocol !== 'string') return;
      resolve({ alpn: alpnProtocol, bytes });
      socket.destroy();
    });
    socket.write(words);
  });
}

function open({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol === 'http:') return connectTcp(Number(port || 80), host);
  const servername = /^[\d.]+$|:/.test(host) ? undefined : host;
  return connectTls({
    host,
    port: Number(port || 443),
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(servername === undefined ? {} : { servername }),
  });
}
