import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';

/** What a name server says to a question: addresses, that there is none, that it failed, or nothing at all. */
export type Saying = readonly string[] | 'no-such-name' | 'failed' | 'silence';

export interface NameServer {
  /** `address:port`. */
  readonly address: string;
  /** Questions so far, such as `a.example A`. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const TTL_S = 30;

/** The name and the type of a message's one question (RFC 1035, section 4.1.2), and where it ends. */
function questionOf(message: Buffer): { readonly name: string; readonly type: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.'), type: TYPES[message.readUInt16BE(at + 1)] ?? '?', end: at + 5 };
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const [first, last] = [groups(head), groups(tail ?? '')];
  const all =
    tail === undefined
      ? first
      : [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function recordOf(address: string): Buffer {
  const data = isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.alloc(12);
  // The name is that of the question, which begins behind the header.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(isIP(address) === 4 ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(TTL_S, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** RFC 1035, section 4.1.1: QR, RD, RA and the code. */
function answerTo(
  message: Buffer,
  end: number,
  { code, addresses }: { code: number; addresses: readonly string[] },
): Buffer {
  const head = Buffer.from(message.subarray(0, 12));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, message.subarray(12, end), ...addresses.map(recordOf)]);
}

/** A name server on a port of its own, or a given one, which says what it is told to. */
export async function openNameServer(
  say: (name: string, type: string) => Saying,
  port = 0,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (message, from) => {
    const { name, type, end } = questionOf(message);
    asked.push(`${name} ${type}`);
    const saying = say(name, type);
    if (saying === 'silence') return;
    const code = saying === 'failed' ? 2 : saying === 'no-such-name' ? 3 : 0;
    const addresses =
      typeof saying === 'string' ? [] : saying.filter((one) => (isIP(one) === 4 ? 'A' : 'AAAA') === type);
    socket.send(answerTo(message, end, { code, addresses }), from.port, from.address);
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
