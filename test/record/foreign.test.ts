import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../shared/record/decode.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import { zstd } from '../../shared/record/zlib-zstd.ts';
import { aggregate } from '../helpers/aggregates.ts';
import { ARRIVAL, headerFor, reasonOf, type SeenLine, seen } from '../helpers/records.ts';

function read(data: Buffer | string | object): readonly SeenLine[] {
  return seen(decodeRecord(bytesOf(data), ARRIVAL));
}

function bytesOf(data: Buffer | string | object): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Buffer.from(typeof data === 'string' ? data : JSON.stringify(data));
}

const texts = (lines: readonly SeenLine[]): readonly string[] => lines.map((line) => line.text);

const A = { agent_id: 'CA_a', worker_id: 'w1', message: 'one' };
const B = { agent_id: 'CA_a', worker_id: 'w1', message: 'two' };

describe('a foreign record', () => {
  it('is one JSON object with every field', () => {
    const timestamp = 1_768_473_000_123;

    const lines = read({ ...A, stream: 'stderr', timestamp, level: 'warn' });

    expect(lines).toEqual([
      {
        agentId: 'CA_a',
        workerId: 'w1',
        boot: undefined,
        seq: 0,
        stream: 1,
        timeMs: timestamp,
        flags: 0,
        level: 'warn',
        text: 'one',
      },
    ]);
  });

  it('fills in worker, stream and time where they are missing', () => {
    const [line] = read({ agent_id: 'CA_a', message: 'one' });

    expect(line).toMatchObject({ workerId: 'pk', stream: 0, timeMs: ARRIVAL.arrivalMs, level: undefined });
  });

  it.each([
    ['as an array', JSON.stringify([A, B])],
    ['as lines', `${JSON.stringify(A)}\n${JSON.stringify(B)}\n`],
    ['as lines with CRLF', `${JSON.stringify(A)}\r\n\r\n${JSON.stringify(B)}`],
    ['one after another', JSON.stringify(A) + JSON.stringify(B)],
    ['as arrays and objects', `[${JSON.stringify(A)}]\n${JSON.stringify(B)}`],
    ['over many lines', JSON.stringify([A, B], undefined, 2)],
    ['after a BOM', `\ufeff${JSON.stringify([A, B])}`],
  ])('holds several lines %s', (_, text) => {
    expect(texts(read(text))).toEqual(['one', 'two']);
    expect(read(text).map((line) => line.seq)).toEqual([0, 1]);
  });

  it('is read from several gzip members', () => {
    const data = Buffer.concat([A, B].map((line) => zlib.gzipSync(JSON.stringify(line))));

    expect(texts(read(data))).toEqual(['one', 'two']);
  });

  it('is unreadable where zeros stand between or after gzip members, since what follows them is not read', () => {
    const [a, b] = [A, B].map((line) => zlib.gzipSync(JSON.stringify(line)));

    for (const parts of [
      [a, Buffer.alloc(4), b],
      [a, b, Buffer.alloc(4)],
    ]) {
      const data = Buffer.concat(parts.map((part) => part ?? Buffer.alloc(0)));
      expect(reasonOf(decodeRecord(data, ARRIVAL))).toBe('corrupt-compression');
    }
  });

  it('keeps every line of many', () => {
    const messages = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(i % 100)}`);

    const lines = read(messages.map((message) => ({ agent_id: 'a', message })));

    expect(texts(lines)).toEqual(messages);
  });

  it.runIf(zstd !== undefined)('is read from several zstd frames, skippable ones among them', () => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex');
    const frames = [A, B].map((line) => zstd?.zstdCompressSync(bytesOf(line), {}) ?? Buffer.alloc(0));

    const lines = read(Buffer.concat([...frames, skippable]));

    expect(texts(lines)).toEqual(['one', 'two']);
  });

  it.runIf(zstd === undefined)('says so where the runtime has no zstd', () => {
    const decoded = decodeRecord(Buffer.from('28b52ffd2406310000', 'hex'), ARRIVAL);

    expect(reasonOf(decoded)).toBe('zstd-unsupported');
  });

  it.each([
    [1_768_473_000_123, 1_768_473_000_123],
    [1_768_473_000, 1_768_473_000_000],
    [1_768_473_000.123, 1_768_473_000_123],
    [99_999_999_999, 99_999_999_999_000],
    [100_000_000_000, 100_000_000_000],
    ['2026-01-15T10:30:00Z', 1_768_473_000_000],
    ['2026-01-15T11:30:00.123456789+01:00', 1_768_473_000_123],
    ['2026-01-15t10:30:00.5z', 1_768_473_000_500],
    ['2026-01-15 10:30:00Z', 1_768_473_000_000],
    ['2026-01-15', ARRIVAL.arrivalMs],
    ['yesterday', ARRIVAL.arrivalMs],
    ['2026-13-45T10:30:00Z', ARRIVAL.arrivalMs],
    [-1, ARRIVAL.arrivalMs],
    [1e300, ARRIVAL.arrivalMs],
    [null, ARRIVAL.arrivalMs],
    [{ at: 1 }, ARRIVAL.arrivalMs],
  ])('takes the time of %j as %d', (timestamp, timeMs) => {
    expect(read({ ...A, timestamp })[0]?.timeMs).toBe(timeMs);
  });

  it.each([
    ['ERROR', 'error'],
    ['Warning', 'warn'],
    ['critical', 'fatal'],
    ['notice', 'info'],
    ['SEVERE', 'error'],
    ['E', 'error'],
    ['fine', 'debug'],
    [30, 'info'],
    [50, 'error'],
    ['50', 'error'],
    [{ name: 'ERROR' }, 'error'],
    [400, undefined],
    ['loud', undefined],
    [{ text: 'ERROR' }, undefined],
    [['ERROR'], undefined],
    ['__proto__', undefined],
  ])('takes the level %j as %s', (level, expected) => {
    expect(read({ ...A, level })[0]?.level).toBe(expected);
  });

  it.each([
    ['w 1:*é😀', 'w_1____'],
    ['x'.repeat(200), 'x'.repeat(128)],
    ['', 'pk'],
    [null, 'pk'],
    [7, '7'],
  ])('cleans the worker id %j', (worker_id, workerId) => {
    expect(read({ ...A, worker_id })[0]?.workerId).toBe(workerId);
  });

  it.each([undefined, 'a b', ''])('has an unknown worker where the partition key is %j', (partitionKey) => {
    const decoded = decodeRecord(bytesOf({ agent_id: 'a', message: '' }), { arrivalMs: 1, partitionKey });

    expect(seen(decoded)[0]?.workerId).toBe('unknown');
  });

  it.each([
    ['an LF within it', '"a\\nb"', 'a\nb'],
    ['line ends after it', '"a\\r\\n\\n"', 'a'],
    ['a CR after it', '"a\\r"', 'a\r'],
    ['escapes', '"\\u00e9\\ud83d\\ude00\\t\\"\\\\"', 'é😀\t"\\'],
    ['half a surrogate pair', '"\\ud83d"', '\ufffd'],
    ['raw characters', '"é😀"', 'é😀'],
    [
      'an object',
      '{"b": 1.0, "n":12345678901234567890,"__proto__":[{}]}',
      '{"b": 1.0, "n":12345678901234567890,"__proto__":[{}]}',
    ],
    ['a number', '12345678901234567890', '12345678901234567890'],
    ['a boolean', 'false', 'false'],
    ['an empty string', '""', ''],
  ])('keeps a message with %s', (_, message, text) => {
    expect(texts(read(`{"agent_id":"a","message":${message}}`))).toEqual([text]);
  });

  it.each(['{"agent_id":"a","msg":"hi"}', '{"agent_id":"a","message":null}'])(
    'keeps the whole object %s that has no message',
    (object) => {
      expect(texts(read(object))).toEqual([object]);
    },
  );

  it('takes the last of a repeated key and goes by its own keys alone', () => {
    const lines = read('{"agent_id":"x y","agent_id":"a","__proto__":{"message":"no"},"message":"yes"}');

    expect(lines[0]).toMatchObject({ agentId: 'a', text: 'yes' });
  });

  it('knows its keys however they are written', () => {
    const lines = read('{"agent\\u005fid":"a" , "m\\u0065ssage" :\t"yes","bad\\q":1}');

    expect(lines[0]).toMatchObject({ agentId: 'a', text: 'yes' });
  });

  it.each([40, 46, 47, 48, 49, 50, 100])(
    'finds the end of a message of %d characters and escapes',
    (length) => {
      const plain = 'x'.repeat(length);

      const lines = read(
        [plain, `${plain}"`, `${plain}\\`, `"${plain}`].map((message) => ({ agent_id: 'a', message })),
      );

      expect(texts(lines)).toEqual([plain, `${plain}"`, `${plain}\\`, `"${plain}`]);
    },
  );

  it('replaces bytes that are not UTF-8', () => {
    const data = Buffer.concat([
      Buffer.from('{"agent_id":"a","message":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"}'),
    ]);

    expect(texts(read(data))).toEqual(['caf\ufffd']);
  });

  it('groups neighbours of the same agent and worker and numbers lines through the record', () => {
    const decoded = decodeRecord(
      bytesOf([A, B, { ...A, worker_id: 'w2', level: 'info' }, A, { ...A, timestamp: 1_768_473_000_000 }]),
      ARRIVAL,
    );

    expect(decoded.kind === 'lines' && decoded.own).toBe(false);
    const groups = decoded.kind === 'lines' ? decoded.groups : [];
    expect(groups.map(({ workerId, seq, count, levels }) => [workerId, seq, count, levels])).toEqual([
      ['w1', 0, 2, undefined],
      ['w2', 2, 1, ['info']],
      ['w1', 3, 2, undefined],
    ]);
    expect(groups[2]?.runs.map((run) => [run.first, run.count])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it('goes on counting at a given index, but never back', () => {
    const lines = read([
      { ...A, log_drain_index: 5 },
      B,
      { ...A, log_drain_index: 9 },
      { ...B, log_drain_index: 2 },
      { ...B, log_drain_index: 1e300 },
    ]);

    expect(lines.map((line) => line.seq)).toEqual([5, 6, 9, 10, 11]);
  });

  it('may hold no lines', () => {
    expect(read('[]')).toEqual([]);
  });

  it.each([
    ['empty', ' \n'],
    ['empty', ''],
    ['unknown-format', 'plain text'],
    ['unknown-format', '{"agent_id":"a","message":"torn'],
    ['unknown-format', '{"agent_id":"a","message":"bad \\x escape"}'],
    ['unknown-format', '{"agent_id":"a"'],
    ['unknown-format', '{"agent_id":"a",}'],
    ['unknown-format', '{agent_id:"a"}'],
    ['unknown-format', '[{"agent_id":"a","message":""},]'],
    ['unknown-format', '[{"agent_id":"a","message":""} {}]'],
    ['unknown-format', '[[{"agent_id":"a","message":""}]]'],
    ['unknown-format', `${JSON.stringify(A)}\ntext`],
    ['unknown-format', '17'],
    ['no-agent-id', '{"message":"x"}'],
    ['no-agent-id', '{"agent_id":null,"message":"x"}'],
    ['no-agent-id', '{}'],
    ['bad-agent-id', '{"agent_id":"a b","message":"x"}'],
    ['bad-agent-id', '{"agent_id":"default","message":"x"}'],
    ['bad-agent-id', '{"agent_id":"../x","message":"x"}'],
    ['bad-agent-id', `{"agent_id":"${'a'.repeat(129)}","message":"x"}`],
    ['bad-agent-id', '{"agent_id":7,"message":"x"}'],
    ['bad-header', '[{"log_drain":1,"agent_id":"a"}]'],
    ['no-agent-id', '{"messageType":"OTHER"}'],
    ['no-agent-id', '{"messageType":"DATA_MESSAGE","logStream":"s","logEvents":[{}]}'],
    ['unknown-format', '{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s"}'],
  ])('is unreadable (%s) as a whole: %s', (reason, text) => {
    expect(reasonOf(decodeRecord(Buffer.from(text), ARRIVAL))).toBe(reason);
  });

  it('is unreadable as a whole when one element is', () => {
    expect(reasonOf(decodeRecord(bytesOf([A, { message: 'whose?' }, B]), ARRIVAL))).toBe('no-agent-id');
  });
});

describe('CloudWatch Logs subscription data', () => {
  const data = {
    messageType: 'DATA_MESSAGE',
    owner: '111122223333',
    logGroup: '/aws/agents/CA_a',
    logStream: '2026/01/15/[$LATEST]w:1',
    subscriptionFilters: ['all'],
    logEvents: [
      { id: '1', timestamp: 1_768_473_000_000, message: 'START\n' },
      { id: '2', timestamp: 1_768_473_000_001, message: 'REPORT a\nb' },
    ],
  };

  it('gives the events of the group as lines of the agent', () => {
    const lines = read(zlib.gzipSync(JSON.stringify(data)));

    expect(texts(lines)).toEqual(['START', 'REPORT a\nb']);
    expect(lines[1]).toMatchObject({
      agentId: 'CA_a',
      workerId: '2026/01/15/[$LATEST]w_1',
      seq: 1,
      stream: 0,
      timeMs: 1_768_473_000_001,
    });
  });

  it('gives no lines for a control message', () => {
    const control = { ...data, messageType: 'CONTROL_MESSAGE', logGroup: '', logStream: '' };

    expect(read(zlib.gzipSync(JSON.stringify(control)))).toEqual([]);
  });

  it('is read one after another', () => {
    const text = JSON.stringify(data);

    expect(read(text + text)).toHaveLength(4);
  });

  it('is unreadable when its log group does not end in an agent id', () => {
    const decoded = decodeRecord(bytesOf({ ...data, logGroup: '/aws/agents/' }), ARRIVAL);

    expect(reasonOf(decoded)).toBe('bad-agent-id');
  });
});

describe('an aggregate', () => {
  it('gives the lines of its records, foreign and ours, plain and compressed, in order', () => {
    const body = Buffer.from('ours\n');
    const data = aggregate(
      ['k1', 'k 2', 'k3'],
      [
        { data: JSON.stringify({ agent_id: 'a', message: '1' }), key: 2 },
        { data: zlib.gzipSync(JSON.stringify([{ agent_id: 'a', message: '2' }])), key: 2 },
        { data: recordPayload(headerFor(body), [body]) },
        { data: JSON.stringify({ agent_id: 'a', message: '3' }), key: 1 },
      ],
    );

    const lines = read(data);

    expect(lines.map(({ workerId, boot, seq, text }) => [workerId, boot, seq, text])).toEqual([
      ['k3', undefined, 0, '1'],
      ['k3', undefined, 1, '2'],
      ['CAW_y', 'k3f9c2', 1041, 'ours'],
      ['unknown', undefined, 3, '3'],
    ]);
  });

  it('is unreadable as a whole when one of its records is', () => {
    const data = aggregate(['k'], [{ data: JSON.stringify(A) }, { data: 'text' }]);

    expect(reasonOf(decodeRecord(data, ARRIVAL))).toBe('unknown-format');
  });

  it('is not looked for inside another', () => {
    const inner = aggregate(['k'], [{ data: JSON.stringify(A) }]);

    expect(reasonOf(decodeRecord(aggregate(['k'], [{ data: inner }]), ARRIVAL))).toBe('unknown-format');
  });
});
