import { Readable, Writable } from 'node:stream';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from '../../cli/decode/decode.ts';
import { createCompressor } from '../../shared/record/compressor.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import { headerFor } from '../helpers/records.ts';

class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    setImmediate(done);
  }

  text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

async function decode(
  data: Buffer | string,
  options: { readonly json?: boolean; readonly isTTY?: boolean } = {},
) {
  const stdout = new Sink(options.isTTY);
  const stderr = new Sink();
  const code = await decodeCommand({
    stdin: Readable.from([Buffer.from(data)]),
    stdout,
    stderr,
    json: options.json ?? false,
    now: () => 1_768_473_600_000,
  });
  return { code, out: stdout.text(), err: stderr.text() };
}

const BODY = Buffer.from('hello\n\u001b[31mred\u0007\tend\n');
const PAYLOAD = recordPayload(headerFor(BODY), [BODY]);

describe('log-drain decode', () => {
  it('prints a record in bytes as its lines', async () => {
    const { code, out, err } = await decode(await createCompressor()(PAYLOAD));

    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toBe(
      '2026-01-15T10:30:00.000Z stdout CAW_y 1041 hello\n' +
        '2026-01-15T10:30:00.000Z stdout CAW_y 1042 \u001b[31mred\u0007\tend\n',
    );
  });

  it.each([
    ['in base64', zlib.gzipSync(PAYLOAD).toString('base64')],
    [
      'in base64 with line breaks',
      `${zlib.gzipSync(PAYLOAD).toString('base64').replaceAll(/.{76}/g, '$&\n')}\n`,
    ],
    ['without compression', PAYLOAD],
  ])('reads a record %s', async (_, data) => {
    const { code, out } = await decode(data);

    expect(code).toBe(0);
    expect(out).toContain(' stdout CAW_y 1041 hello\n');
  });

  it('escapes control characters on a terminal, but not tabs', async () => {
    const { out } = await decode(PAYLOAD, { isTTY: true });

    expect(out).toContain(' 1042 \\u001b[31mred\\u0007\tend\n');
  });

  it('escapes an LF and direction marks within a foreign message on a terminal', async () => {
    const { out } = await decode(JSON.stringify({ agent_id: 'a', message: 'x\ny\u202ez' }), { isTTY: true });

    expect(out).toBe('2026-01-15T10:40:00.000Z stdout unknown 0 x\\u000ay\\u202ez\n');
  });

  it('prints one JSON object per line with --json', async () => {
    const own = await decode(PAYLOAD, { json: true });
    const foreign = await decode('{"agent_id":"a","level":"ERROR","stream":"stderr","message":"\u009b"}', {
      json: true,
    });

    expect(JSON.parse(own.out.split('\n')[1] ?? '')).toEqual({
      time: '2026-01-15T10:30:00.000Z',
      stream: 'stdout',
      agent_id: 'CA_x',
      worker_id: 'CAW_y',
      boot: 'k3f9c2',
      seq: 1042,
      text: '\u001b[31mred\u0007\tend',
    });
    expect(foreign.out).toBe(
      '{"time":"2026-01-15T10:40:00.000Z","stream":"stderr","agent_id":"a","worker_id":"unknown","seq":0,' +
        '"level":"error","text":"\\u009b"}\n',
    );
  });

  it('prints many lines to a slow reader', async () => {
    const body = Buffer.from('x'.repeat(99).concat('\n').repeat(5000));

    const { out } = await decode(recordPayload(headerFor(body), [body]));

    expect(out.split('\n')).toHaveLength(5001);
  });

  it('ends when its reader goes away', async () => {
    const body = Buffer.from('x'.repeat(99).concat('\n').repeat(5000));
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });

    const code = await decodeCommand({
      stdin: Readable.from([recordPayload(headerFor(body), [body])]),
      stdout,
      stderr: new Sink(),
      json: false,
    });

    expect(code).toBe(0);
    expect(stdout.destroyed).toBe(true);
  });

  it('says so when there are no lines', async () => {
    const { code, out, err } = await decode('[]');

    expect([code, out, err]).toEqual([0, '', 'log-drain decode: the record holds no lines.\n']);
  });

  it('says in one plain line why a record cannot be read and what to do', async () => {
    const { code, out, err } = await decode('some text!\n');

    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'log-drain decode: cannot read the record (unknown-format): it is neither a record of the shipper nor JSON lines. ' +
        'Pipe the data of one Kinesis record, as bytes or base64.\n',
    );
  });

  it('refuses more than any record can hold', async () => {
    const { code, err } = await decode(Buffer.alloc(25 * 1024 * 1024));

    expect(code).toBe(1);
    expect(err).toContain('(too-large)');
  });
});
