import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../shared/record/decode.ts';
import { compressPayloadSync, recordPayload } from '../../shared/record/encode.ts';
import type { RecordHeader } from '../../shared/record/format.ts';
import { zstd } from '../../shared/record/zlib-zstd.ts';
import { aggregate, field, MAGIC, sealed, varint } from '../helpers/aggregates.ts';
import { ARRIVAL, headerFor, headerWith, printed, reasonOf, seen } from '../helpers/records.ts';

const MIB = 1024 * 1024;

function reason(data: Buffer | string): string | undefined {
  return reasonOf(decodeRecord(Buffer.from(data), ARRIVAL));
}

/** A record of ours whose header is any text. */
function withHeader(parts: object, body = 'a\n'): string {
  return `${JSON.stringify({ ...headerWith({ runs: [[0, 1, 1, 2]] }), ...parts })}\n${body}`;
}

const compressions = [
  { codec: 'gzip', compress: (data: Buffer) => zlib.gzipSync(data, { level: 1 }) },
  ...(zstd === undefined ? [] : [{ codec: 'zstd', compress: compressPayloadSync }]),
];

describe('a record of ours', () => {
  it('is readable before it is harmed', () => {
    expect(reason(withHeader({}))).toBeUndefined();
  });

  it('may have keys and elements of runs that we do not know', () => {
    const data = withHeader({
      tags: { a: 1 },
      sig: 'x',
      from: 'shipper 9',
      runs: [[0, 1, 1, 2, 0, 'later', null]],
    });

    const decoded = decodeRecord(Buffer.from(data), ARRIVAL);

    expect(seen(decoded).map((line) => line.text)).toEqual(['a']);
    expect(decoded).toMatchObject({ kind: 'lines', own: true, from: 'shipper 9' });
  });

  it('may have no lines', () => {
    expect(decodeRecord(Buffer.from(withHeader({ runs: [] }, '')), ARRIVAL)).toEqual({
      kind: 'lines',
      own: true,
      groups: [],
    });
  });

  it('may have runs without lines', () => {
    const decoded = decodeRecord(
      Buffer.from(
        withHeader({
          runs: [
            [1, 1, 0, 0],
            [0, 1, 1, 2],
            [1, 2, 0, 0, 1],
          ],
        }),
      ),
      ARRIVAL,
    );

    expect(seen(decoded).map((line) => [line.stream, line.text])).toEqual([[0, 'a']]);
  });

  it.each<[string, object]>([
    ['newer-record', { log_drain: 2 }],
    ['newer-record', { log_drain: 0 }],
    ['newer-record', { log_drain: 1.5 }],
    ['bad-header', { log_drain: '1' }],
    ['bad-header', { log_drain: null }],
    ['no-agent-id', { agent_id: undefined }],
    ['bad-agent-id', { agent_id: '-x' }],
    ['bad-agent-id', { agent_id: 'default' }],
    ['bad-agent-id', { agent_id: ['CA_x'] }],
    ['bad-header', { worker_id: undefined }],
    ['bad-header', { worker_id: 'a:b' }],
    ['bad-header', { worker_id: '' }],
    ['bad-header', { boot: 'a.b' }],
    ['bad-header', { boot: 'x'.repeat(33) }],
    ['bad-header', { seq: -1 }],
    ['bad-header', { seq: 1.5 }],
    ['bad-header', { seq: '1' }],
    ['bad-header', { seq: Number.MAX_SAFE_INTEGER }],
    ['bad-header', { runs: undefined }],
    ['bad-header', { runs: {} }],
    ['bad-header', { runs: [7] }],
    ['bad-header', { runs: [[0, 1, 1]] }],
    ['bad-header', { runs: [[2, 1, 1, 2]] }],
    ['bad-header', { runs: [['0', 1, 1, 2]] }],
    ['bad-header', { runs: [[0, -1, 1, 2]] }],
    ['bad-header', { runs: [[0, 253_402_300_800_000, 1, 2]] }],
    ['bad-header', { runs: [[0, 1, 1.5, 2]] }],
    ['bad-header', { runs: [[0, 1, -1, 2]] }],
    ['bad-header', { runs: [[0, 1, 1, null]] }],
    ['bad-header', { runs: [[0, 1, 1, 2, 'flag']] }],
    ['bad-header', { runs: [[0, 1, 1, 2, -1]] }],
    ['runs-mismatch', { runs: [] }],
    ['runs-mismatch', { runs: [[0, 1, 0, 2]] }],
    ['runs-mismatch', { runs: [[0, 1, 2, 2]] }],
    ['runs-mismatch', { runs: [[0, 1, 2 ** 31, 2]] }],
    ['runs-mismatch', { runs: [[0, 1, 2 ** 52, 2]] }],
    ['runs-mismatch', { runs: [[0, 1, 1, 1]] }],
    ['runs-mismatch', { runs: [[0, 1, 1, 3]] }],
    [
      'runs-mismatch',
      {
        runs: [
          [0, 1, 1, 0],
          [0, 1, 0, 2],
        ],
      },
    ],
    ['runs-mismatch', { runs: [[0, 1, 2 ** 52, 2 ** 52]] }],
    [
      'runs-mismatch',
      {
        runs: [
          [0, 1, 1, 1],
          [0, 1, 1, 1],
        ],
      },
    ],
  ])('is unreadable (%s) with %j', (expected, parts) => {
    expect(reason(withHeader(parts))).toBe(expected);
  });

  it.each([
    ['too few line ends', 'ab'],
    ['too many line ends', '\n\n'],
    ['no line end at the end of a run', '\na'],
  ])('is unreadable with %s', (_, body) => {
    expect(reason(withHeader({}, body))).toBe('runs-mismatch');
  });

  it('is unreadable when a run does not end where a line does', () => {
    const body = 'a\nbb\n';

    expect(
      reason(
        withHeader(
          {
            runs: [
              [0, 1, 1, 3],
              [1, 1, 1, 2],
            ],
          },
          body,
        ),
      ),
    ).toBe('runs-mismatch');
    expect(
      reason(
        withHeader(
          {
            runs: [
              [0, 1, 1, 2],
              [1, 1, 1, 3],
            ],
          },
          body,
        ),
      ),
    ).toBeUndefined();
  });

  it('takes the last of a repeated key and nothing from a prototype', () => {
    const good = withHeader({});

    expect(reason(good.replace('"seq"', '"seq":-1,"__proto__":{"seq":-1},"seq"'))).toBeUndefined();
    expect(reason(good.replace('"boot":"k3f9c2"', '"__proto__":{"boot":"k3f9c2"}'))).toBe('bad-header');
  });

  it('is no record of ours when its header is torn, too long or not an object', () => {
    expect(reason('{"log_drain":1,"agent_id":"CA_x"')).toBe('unknown-format');
    expect(reason('{"log_drain":1,"agent_id":\na\n')).toBe('unknown-format');
    expect(reason(withHeader({ tags: 'x'.repeat(MIB) }))).toBe('bad-header');
    expect(reason('["log_drain",1]\n')).toBe('unknown-format');
  });

  it.each(compressions)('is unreadable with anything after its $codec data', ({ compress }) => {
    const data = compress(Buffer.from(withHeader({})));

    for (const tail of [
      Buffer.alloc(1),
      Buffer.alloc(20),
      Buffer.from('x'),
      data,
      compress(Buffer.alloc(0)),
    ]) {
      expect(reason(Buffer.concat([data, tail]))).toBe('corrupt-compression');
    }
  });

  it.each(compressions)('is whole or unreadable when its $codec data is cut off', ({ compress }) => {
    fc.assert(
      fc.property(printed, fc.nat(), ({ header, body }, at) => {
        const data = compress(recordPayload(header, [body]));

        expect(reason(data.subarray(0, 4 + (at % (data.length - 4))))).toBe('corrupt-compression');
      }),
    );
  });

  it.each(compressions)('is the same or unreadable when a bit of its $codec data flips', ({ compress }) => {
    fc.assert(
      fc.property(printed, fc.nat(), ({ header, body }, at) => {
        const payload = recordPayload(header, [body]);
        const whole = seen(decodeRecord(payload, ARRIVAL));
        const data = compress(payload);
        const bit = at % (8 * data.length);
        data.writeUInt8((data[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);

        const decoded = decodeRecord(data, ARRIVAL);

        expect(decoded.kind === 'unreadable' ? whole : seen(decoded)).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('hostile data', () => {
  it('never throws, whatever the bytes', () => {
    const beginnings = fc.constantFrom(
      '',
      '{',
      '[',
      '{"log_drain":1',
      '{"agent_id":"a","message":"',
      '\x1f\x8b\x08',
      '\x28\xb5\x2f\xfd',
      '\xf3\x89\x9a\xc2',
    );
    fc.assert(
      fc.property(beginnings, fc.uint8Array({ maxLength: 200 }), (beginning, bytes) => {
        const data = Buffer.concat([Buffer.from(beginning, 'latin1'), bytes]);

        expect(['lines', 'unreadable']).toContain(decodeRecord(data, ARRIVAL).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on JSON of any shape under our keys', () => {
    const key = fc.constantFrom(
      'agent_id',
      'message',
      'timestamp',
      'messageType',
      'logGroup',
      'logStream',
      'logEvents',
      'log_drain_index',
      '__proto__',
      'constructor',
    );
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('DATA_MESSAGE', 'CONTROL_MESSAGE', 'a', '/x/a'));
    fc.assert(
      fc.property(fc.array(fc.dictionary(key, value)), (objects) => {
        expect(['lines', 'unreadable']).toContain(
          decodeRecord(Buffer.from(JSON.stringify(objects)), ARRIVAL).kind,
        );
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['arrays', '['.repeat(MIB)],
    ['objects', '{"a":'.repeat(MIB)],
    ['arrays in a message', `{"agent_id":"a","message":${'['.repeat(MIB)}`],
    ['objects in a header', `{"log_drain":1,"x":${'{"a":'.repeat(200_000)}\n`],
    ['brackets that close first', `{"agent_id":"a","message":${']'.repeat(MIB)}`],
    ['quotes', '"'.repeat(MIB)],
    ['backslashes', `{"agent_id":"a","message":"${'\\'.repeat(MIB)}`],
    ['escaped quotes', `{"agent_id":"a","message":"${'\\"'.repeat(MIB)}`],
    ['commas', `[${','.repeat(MIB)}`],
    ['digits', `[${'1'.repeat(MIB)}`],
  ])('is unreadable as a heap of %s', (_, text) => {
    expect(reason(text)).toBe('unknown-format');
  });

  it('keeps a message of a million nested arrays as its text', () => {
    const message = '['.repeat(MIB) + ']'.repeat(MIB);

    const [line] = seen(decodeRecord(Buffer.from(`{"agent_id":"a","message":${message}}`), ARRIVAL));

    expect(line?.text === message).toBe(true);
  });

  it.each(compressions)('is unreadable when it decodes to more than 16 MiB of $codec', ({ compress }) => {
    const pad = (size: number): Buffer => {
      const body = Buffer.alloc(size, 0x61);
      body.writeUInt8(0x0a, size - 1);
      const header = recordPayload(headerFor(body), []);
      return compress(
        Buffer.concat([
          recordPayload(headerFor(body.subarray(header.length)), []),
          body.subarray(header.length),
        ]),
      );
    };

    expect(reason(pad(16 * MIB))).toBeUndefined();
    expect(reason(compress(Buffer.alloc(16 * MIB + 1)))).toBe('too-large');
    expect(reason(compress(Buffer.alloc(300 * MIB)))).toBe('too-large');
  });

  it('is unreadable when it is larger than 16 MiB as it stands, or becomes so as UTF-8', () => {
    expect(reason(Buffer.alloc(16 * MIB + 1, 0x20))).toBe('too-large');
    expect(reason(zlib.gzipSync(Buffer.alloc(6 * MIB, 0xff)))).toBe('too-large');
  });

  it('is unreadable when aggregated records decode to more than 16 MiB together', () => {
    const bomb = zlib.gzipSync(Buffer.from(JSON.stringify({ agent_id: 'a', message: 'x'.repeat(9 * MIB) })));

    expect(reason(aggregate(['k'], [{ data: bomb }]))).toBeUndefined();
    expect(
      reason(
        aggregate(
          ['k'],
          Array.from({ length: 50 }, () => ({ data: bomb })),
        ),
      ),
    ).toBe('too-large');
  });

  it('is unreadable when it is made of too many compressed records', () => {
    const small = zlib.gzipSync('[]');

    expect(
      reason(
        aggregate(
          ['k'],
          Array.from({ length: 5000 }, () => ({ data: small })),
        ),
      ),
    ).toBe('too-many-parts');
  });

  it.runIf(zstd !== undefined)('is unreadable when it is made of too many zstd frames', () => {
    const empty = compressPayloadSync(Buffer.alloc(0));

    expect(reason(Buffer.concat(Array.from({ length: 5000 }, () => empty)))).toBe('too-many-parts');
  });

  it.runIf(zstd !== undefined)('is unreadable when a zstd frame asks for 128 MiB of window', () => {
    // RFC 8878, section 3.1.1.1.2: exponent 17 is a window of 2^27 bytes; then one raw block of one byte.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x09, 0x00, 0x00, 0x61]);

    expect(reason(frame)).toBe('too-large');
  });

  it('is unreadable when its worker changes more often than memory allows', () => {
    const pair = '{"agent_id":"a","worker_id":"1"}{"agent_id":"a"}';

    expect(reason(pair.repeat(15_000))).toBeUndefined();
    expect(reason(pair.repeat(70_000))).toBe('too-many-parts');
  });

  it.each(['agent_id', 'worker_id'])('is unreadable when its lines are of more than 2,048 by %s', (key) => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, at) => `{"agent_id":"a","${key}":"x${at}"}`).join('') +
      `{"agent_id":"a","${key}":"x0"}`;

    expect(reason(lines(2_048))).toBeUndefined();
    expect(reason(lines(2_049))).toBe('too-many-parts');
  });

  it('is unreadable when its time changes more often than memory allows', () => {
    const pair = '{"agent_id":"a","timestamp":1}{"agent_id":"a","timestamp":2}';

    expect(reason(pair.repeat(60_000))).toBeUndefined();
    expect(reason(pair.repeat(70_000))).toBe('too-many-parts');
  });

  it('is unreadable when it has more lines than anything could be written in', () => {
    const events = '{},'.repeat(2_097_152);
    const text = `{"messageType":"DATA_MESSAGE","logGroup":"a","logStream":"s","logEvents":[${events}{}]}`;

    expect(reason(text)).toBe('too-many-parts');
  });

  it('takes a million empty events without an object for each', () => {
    const text = `{"messageType":"DATA_MESSAGE","logGroup":"a","logStream":"s","logEvents":[{}${',{}'.repeat(MIB)}]}`;

    const decoded = decodeRecord(Buffer.from(text), ARRIVAL);

    expect(
      decoded.kind === 'lines' && decoded.groups.map((group) => [group.count, group.runs.length]),
    ).toEqual([[MIB + 1, 1]]);
  });
});

describe('a corrupt aggregate', () => {
  const record = JSON.stringify({ agent_id: 'a', message: 'm' });
  const keys = field(1, Buffer.from('k'));
  const index = Buffer.from([0x08, 0x00]);
  const data = field(3, Buffer.from(record));

  it('is readable before it is harmed, and with fields that we do not know', () => {
    const unknown = Buffer.concat([
      Buffer.from([0x79]),
      Buffer.alloc(8),
      Buffer.from([0x7d]),
      Buffer.alloc(4),
      Buffer.from([0x70, 1]),
    ]);

    expect(reason(sealed(Buffer.concat([keys, field(3, Buffer.concat([index, data]))])))).toBeUndefined();
    expect(
      reason(
        sealed(Buffer.concat([unknown, keys, field(3, Buffer.concat([unknown, data, index])), unknown])),
      ),
    ).toBeUndefined();
    expect(reason(sealed(Buffer.concat([field(3, Buffer.concat([index, data])), keys])))).toBeUndefined();
  });

  it.each([
    ['only a magic number', MAGIC],
    ['too little for a checksum', Buffer.concat([MAGIC, Buffer.alloc(15)])],
    ['a wrong checksum', Buffer.concat([MAGIC, keys, Buffer.alloc(16)])],
    ['a varint without end', sealed(Buffer.concat([keys, Buffer.alloc(5, 0xff)]))],
    ['a varint of 11 bytes', sealed(Buffer.concat([keys, Buffer.alloc(10, 0x80), Buffer.from([0])]))],
    [
      'a length of 2^63',
      sealed(Buffer.concat([keys, Buffer.from([0x1a]), Buffer.alloc(8, 0xff), Buffer.from([0x7f])])),
    ],
    ['a length past the end', sealed(Buffer.concat([keys, Buffer.from([0x1a]), varint(2 ** 40)]))],
    ['a fixed field past the end', sealed(Buffer.concat([keys, Buffer.from([0x79, 1])]))],
    ['a group', sealed(Buffer.concat([keys, Buffer.from([0x1b, 0x1c])]))],
    ['a record that is no message', sealed(Buffer.concat([keys, Buffer.from([0x18, 7])]))],
    ['a record without data', sealed(Buffer.concat([keys, field(3, index)]))],
    ['a record without a key', sealed(Buffer.concat([keys, field(3, data)]))],
    ['a key that is not in the table', sealed(field(3, Buffer.concat([index, data])))],
    [
      'a key that is text',
      sealed(Buffer.concat([keys, field(3, Buffer.concat([field(1, Buffer.from('0')), data]))])),
    ],
    [
      'too many keys',
      sealed(
        Buffer.concat([
          ...Array.from({ length: 70_000 }, () => keys),
          field(3, Buffer.concat([index, data])),
        ]),
      ),
    ],
  ])('has %s', (_, bytes) => {
    expect(reason(bytes)).toBe('corrupt-aggregate');
  });

  it('is the same or unreadable when a bit flips', () => {
    const whole = aggregate(['k'], [{ data: record }]);
    for (let bit = 0; bit < 8 * whole.length; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);

      expect(decodeRecord(flipped, ARRIVAL).kind).toBe('unreadable');
    }
  });
});

it('does not care who wrote the header, as long as it says the same', () => {
  const parts: Partial<RecordHeader> = { runs: [[0, 1, 1, 2]] };
  const spaced = `${JSON.stringify(headerWith(parts), undefined, 1).replaceAll('\n', ' ')}\na\n`;

  expect(seen(decodeRecord(Buffer.from(spaced), ARRIVAL))).toEqual(
    seen(decodeRecord(Buffer.from(withHeader({})), ARRIVAL)),
  );
});
