import { readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from '../../cli/decode/decode.ts';
import { LEVEL_OF_LETTER, LEVEL_OF_WORD } from '../../shared/level/words/words.ts';
import { MAX_PARTITION_KEYS } from '../../shared/record/aggregate.ts';
import { decodeRecord, MAX_ZLIB_CALLS } from '../../shared/record/decode.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import {
  givenLevelOf,
  MICROSECONDS_BELOW,
  SECONDS_BELOW,
  TEXT_BELOW_MS,
} from '../../shared/record/foreign-fields.ts';
import {
  FLAG_EVENTS,
  FLAG_UNTERMINATED,
  MAX_DECODED_BYTES,
  MAX_RECORD_BODY_BYTES,
  MAX_RECORD_RUNS,
  RECORD_VERSION,
  type RecordHeader,
  STDOUT,
} from '../../shared/record/format.ts';
import {
  cleanWorkerId,
  isAgentId,
  isBoot,
  isWorkerId,
  MAX_WORKER_ID_LENGTH,
} from '../../shared/record/ids.ts';
import { MAX_GROUPS, MAX_LINES, MAX_RUNS, MAX_SOURCES } from '../../shared/record/line-collector.ts';
import { UNREADABLE_REASONS } from '../../shared/record/lines.ts';
import { MAX_FROM_CHARACTERS, MAX_HEADER_BYTES, MAX_TIME_MS } from '../../shared/record/own.ts';
import { unpack, ZSTD_MAX_WINDOW_LOG } from '../../shared/record/unpack.ts';
import { zstd } from '../../shared/record/zlib-zstd.ts';
import { createBatcher } from '../../shipper/batch/batcher.ts';
import { MAX_KINESIS_RECORD_BYTES } from '../../shipper/batch/record-encoder.ts';
import { parseShipperOptions } from '../../shipper/options/options.ts';
import { type EventFields, eventLine, linesDropped, linesSplit } from '../../shipper/queue/agent-events.ts';
import { ARRIVAL, seen } from '../helpers/records.ts';

const PAGE = readFileSync('docs/record-format.md', 'utf8');

interface Example {
  readonly name: string;
  readonly encoding: string;
  readonly content: string;
  /** The `lines` block that follows, one line of JSON for each line of the record. */
  readonly lines: string;
}

/** A fenced block: `info` is all that follows the three backquotes, `content` the lines below. */
interface Fence {
  readonly info: string;
  readonly content: string;
}

const FENCES: readonly Fence[] = [...PAGE.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, info = '', content = '']) => ({ info, content }),
);
/** The page without its blocks. */
const PROSE = PAGE.replaceAll(/^```.*\n[\s\S]*?^```$/gm, '');

/** The examples, each with the first `lines` block after it. */
function examples(fences: readonly Fence[]): readonly Example[] {
  return fences.flatMap(({ info, content }, at) => {
    const [kind, encoding = '', name = ''] = info.split(' ');
    if (kind !== 'record') return [];
    const lines = fences.slice(at).find((fence) => fence.info === 'lines')?.content ?? '';
    return [{ name: name.replace('name=', ''), encoding, content, lines: unwrapped(lines) }];
  });
}

/** Puts lines together that the page has broken: what begins with two spaces goes on with the line before. */
function unwrapped(text: string): string {
  return text.replaceAll('\n  ', '');
}

const BYTES_OF: Readonly<Record<string, (content: string) => Buffer>> = {
  text: (content) =>
    Buffer.from(unwrapped(content).replaceAll('\n', '').replaceAll('␍', '\r').replaceAll('␊', '\n')),
  hex: (content) =>
    Buffer.from(content.replaceAll(/^[\da-f]{8}: (.*?) {2}.*\n/gm, '$1').replaceAll(' ', ''), 'hex'),
  base64: (content) => Buffer.from(content, 'base64'),
};

function bytesOf({ name, encoding, content }: Example): Buffer {
  const decode = BYTES_OF[encoding];
  if (decode === undefined) throw new Error(`example ${name} has the unknown encoding ${encoding}`);
  return decode(content);
}

const EXAMPLES = examples(FENCES);

function example(name: string): Buffer {
  const found = EXAMPLES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the page has no example ${name}`);
  return bytesOf(found);
}

/** False only for zstd data on a runtime without zstd. */
function isReadable(data: Buffer): boolean {
  return zstd !== undefined || data.toString('hex', 0, 4) !== '28b52ffd';
}

/** What `log-drain decode --json` prints. */
async function decodeJson(data: Buffer): Promise<string> {
  const written: Buffer[] = [];
  const sink = () =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        written.push(chunk);
        done();
      },
    });
  const stdin = Readable.from([data]);
  await decodeCommand({ stdin, stdout: sink(), stderr: sink(), json: true, now: () => ARRIVAL.arrivalMs });
  return Buffer.concat(written).toString();
}

/** What is in an example when its compression is taken off. */
function payloadOf(name: string): Buffer {
  const unpacked = unpack(example(name), { bytes: MAX_DECODED_BYTES, calls: 1 });
  if (unpacked.kind === 'unreadable') throw new Error(`example ${name}: ${unpacked.reason}`);
  return unpacked.payload;
}

describe('the examples of docs/record-format.md', () => {
  it('are of every kind', () => {
    expect(EXAMPLES.map(({ name }) => name)).toEqual([
      'native-text',
      'native-hex',
      'native-gzip',
      'native-zstd',
      'split-text',
      'split-base64',
      'ndjson',
      'array-gzip',
      'subscription',
      'aggregate',
    ]);
    expect(FENCES.filter(({ info }) => info === 'lines')).toHaveLength(6);
  });

  for (const one of EXAMPLES) {
    const data = bytesOf(one);
    it.runIf(isReadable(data))(`${one.name} decodes to the lines below it`, async () => {
      expect(one.lines).not.toBe('');
      expect(await decodeJson(data)).toBe(one.lines);
      if (one.encoding !== 'base64') return;
      expect(await decodeJson(Buffer.from(one.content))).toBe(one.lines);
      expect(data.toString('base64')).toBe(one.content.replaceAll('\n', ''));
    });
  }

  it('show the same native record in each encoding', () => {
    const names = ['native-hex', 'native-gzip', 'native-zstd'].filter((name) => isReadable(example(name)));

    for (const name of names) expect(payloadOf(name).toString()).toBe(payloadOf('native-text').toString());
    expect(payloadOf('split-base64').toString()).toBe(payloadOf('split-text').toString());
  });

  it('show the flags of a split line and of an event', () => {
    const lines = seen(decodeRecord(example('split-text'), ARRIVAL));

    expect(lines.map(({ flags }) => flags)).toEqual([FLAG_EVENTS, FLAG_UNTERMINATED, 0]);
  });

  it.each(['native-text', 'split-text'])('%s is what the shipper writes', (name) => {
    const payload = payloadOf(name);
    const bodyAt = payload.indexOf('\n') + 1;
    const header: RecordHeader = JSON.parse(payload.toString('utf8', 0, bodyAt));

    expect(Object.keys(header)).toEqual(Object.keys(HEADER_KEYS));
    expect(recordPayload(header, [payload.subarray(bodyAt)]).equals(payload)).toBe(true);
  });
});

/** In the order in which the shipper writes them. */
const HEADER_KEYS: Readonly<Record<keyof RecordHeader, true>> = {
  log_drain: true,
  agent_id: true,
  worker_id: true,
  boot: true,
  seq: true,
  runs: true,
  from: true,
};

/** The cells, without backquotes, of the rows of all tables whose first column has this title. */
function tableOf(title: string): readonly (readonly string[])[] {
  const [, ...tables] = PROSE.split(new RegExp(`^\\| ${title} \\|.*\\n\\|[ |-]*\\n`, 'm'));
  return tables.flatMap((table) => {
    const rows = table.split('\n');
    const end = rows.findIndex((row) => !row.startsWith('|'));
    return rows.slice(0, end).map((row) => row.split('|').slice(1, -1).map(plain));
  });
}

function plain(cell: string): string {
  return cell.replaceAll('`', '').trim();
}

function bytes(count: number): string {
  return count % 1024 ** 2 === 0 ? `${count / 1024 ** 2} MiB` : `${count / 1024} KiB`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}

/** The first two delays after which the shipper closes a record, and the one after which it cuts a line without an end. */
function agesMs(): readonly number[] {
  const delays: number[] = [];
  const batcher = createBatcher({
    maxLineBytes: 1024,
    onBatch: () => undefined,
    clock: {
      now: () => 0,
      monotonic: () => 0,
      after: (delayMs) => {
        delays.push(delayMs);
        return { cancel: () => undefined, unref: () => undefined };
      },
    },
  });
  for (let record = 0; record < 2; record += 1) {
    batcher.event('{}');
    batcher.flush();
  }
  batcher.write(STDOUT, Buffer.from('no end'));
  return delays;
}

/** The longest line with these options, undefined if the shipper does not take them. */
function maxLineBytes(options: readonly string[]): number | undefined {
  const parsed = parseShipperOptions('ship', options, {});
  return parsed.kind === 'options' ? parsed.options.maxLineBytes : undefined;
}

/** `--max-line-bytes` takes this, but not this and `beyond` bytes. */
function isLineLimit(limit: number, beyond: 1 | -1): boolean {
  const [at, past] = [limit, limit + beyond].map((given) =>
    maxLineBytes(['--max-line-bytes', String(given)]),
  );
  return at === limit && past === undefined;
}

describe('the tables of docs/record-format.md', () => {
  it('have every reason for which a record is unreadable, and no other', () => {
    const reasons = tableOf('reason').map(([reason]) => reason);

    expect(reasons.toSorted()).toEqual([...UNREADABLE_REASONS].sort());
  });

  it('have every key of a header, and no other', () => {
    const keys = tableOf('header key').flatMap(([names = '']) => names.split(', '));

    expect(keys).toEqual(Object.keys(HEADER_KEYS));
  });

  it('have every flag', () => {
    expect(tableOf('flag').map(([flag]) => Number(flag))).toEqual([FLAG_UNTERMINATED, FLAG_EVENTS]);
  });

  it('have every word for a level, with its level', () => {
    const words = tableOf('level').flatMap(([level, cell = '']) =>
      cell.split(', ').map((word) => [word, level] as const),
    );

    const letters = [...LEVEL_OF_LETTER].map(([letter, level]) => [letter.toLowerCase(), level] as const);
    expect(new Map(words)).toEqual(new Map([...LEVEL_OF_WORD, ...letters]));
    expect(words.map(([word]) => givenLevelOf(word.toUpperCase()))).toEqual(words.map(([, level]) => level));
  });

  it('have every event of the shipper, with its keys', () => {
    const ends = { code: 0, signal: null, uptime_ms: 1 };
    const events: Readonly<Record<EventFields['event'], EventFields>> = {
      AGENT_STARTED: { level: 'info', event: 'AGENT_STARTED', message: '' },
      AGENT_EXITED: { level: 'info', event: 'AGENT_EXITED', message: '', ...ends },
      AGENT_CRASHED: { level: 'fatal', event: 'AGENT_CRASHED', message: '', ...ends },
      LINES_DROPPED: linesDropped(1, 2),
      LINES_SPLIT: linesSplit(1, 2),
    };
    const source = { agentId: 'a', workerId: 'w', boot: 'b' };

    const onPage = tableOf('event').map(([event, level, keys = '']) => {
      const own = keys === '' ? [] : keys.split(', ');
      return { event, level, keys: ['level', 'event', 'message', ...own, 'agent_id', 'worker_id', 'boot'] };
    });

    expect(onPage).toEqual(
      Object.values(events).map((fields) => ({
        event: fields.event,
        level: fields.level,
        keys: Object.keys(JSON.parse(eventLine(source, fields))),
      })),
    );
  });
});

describe('the bounds on docs/record-format.md', () => {
  const [firstAgeMs = 0, ageMs = 0, openLineMs = 0] = agesMs();
  const largest = {
    body: bytes(MAX_RECORD_BODY_BYTES),
    runs: number(MAX_RECORD_RUNS),
    kinesisRecord: bytes(MAX_KINESIS_RECORD_BYTES),
    age: `${ageMs / 1000} s`,
    firstAge: `${firstAgeMs} ms`,
    line: bytes(maxLineBytes([]) ?? 0),
    openLine: `${openLineMs / 1000} s`,
    decoded: bytes(MAX_DECODED_BYTES),
    window: bytes(2 ** ZSTD_MAX_WINDOW_LOG),
    header: bytes(MAX_HEADER_BYTES),
    zlibCalls: number(MAX_ZLIB_CALLS),
    sources: number(MAX_SOURCES),
    groups: number(MAX_GROUPS),
    allRuns: number(MAX_RUNS),
    lines: number(MAX_LINES),
    partitionKeys: number(MAX_PARTITION_KEYS),
  };
  const optionRange = ['1 KiB', '900 KiB'];

  it('are those of the code, in the tables', () => {
    expect(tableOf('bound').map(([, value = '']) => value.replace(/:.*/, ''))).toEqual([
      largest.body,
      largest.runs,
      largest.kinesisRecord,
      `${largest.age}; for the first record ${largest.firstAge}`,
      `${largest.line} (--max-line-bytes, ${optionRange.join(' to ')})`,
      `${largest.openLine}, since the first byte that is held`,
      largest.decoded,
      largest.window,
      largest.header,
      largest.zlibCalls,
      largest.sources,
      largest.groups,
      largest.allRuns,
      largest.lines,
      largest.partitionKeys,
    ]);
    expect(isLineLimit(1024, -1) && isLineLimit(900 * 1024, 1)).toBe(true);
  });

  it('are those of the code, in the text', () => {
    const text = PROSE.replaceAll(/https?:\S+|(?:RFC|ISO) \d+|`[^`\n]*`/g, '');
    const numbers = text.match(/\d+ (?:KiB|MiB|ms|s)\b|\d+\^\d+|\d{1,3}(?:,\d{3})+|\b\d{3,}\b(?!-)/g) ?? [];

    const known = [
      ...Object.values(largest),
      ...optionRange,
      '10^11',
      '10^13',
      '10^17',
      '2^53',
      String(MAX_WORKER_ID_LENGTH),
      '1970',
    ];
    expect(numbers.filter((found) => !known.includes(found))).toEqual([]);
    expect(numbers).toEqual(expect.arrayContaining(known));
    expect([SECONDS_BELOW, TEXT_BELOW_MS, MICROSECONDS_BELOW]).toEqual([10 ** 11, 10 ** 13, 10 ** 17]);
    expect(Number.MAX_SAFE_INTEGER).toBe(2 ** 53 - 1);
  });

  it('are those of the code, for the lengths of ids', () => {
    const isLongest = (isId: (id: unknown) => boolean, length: number): boolean =>
      isId('x'.repeat(length)) && !isId('x'.repeat(length + 1)) && !isId('');

    expect(PROSE).toMatch(/^\| agent \| 1 to 128 of .*\n\| worker \| 1 to 128 printable/m);
    expect([isAgentId, isWorkerId].map((isId) => isLongest(isId, 128))).toEqual([true, true]);
    expect(PROSE).toContain('| `boot` | 1 to 32 of ');
    expect(isLongest(isBoot, 32)).toBe(true);
    expect(cleanWorkerId('x'.repeat(200))).toHaveLength(MAX_WORKER_ID_LENGTH);
  });

  it('are those of the code, for a header', () => {
    expect(PROSE).toContain(`| \`log_drain\` | the number ${RECORD_VERSION}: `);
    expect(PROSE).toContain(`of which readers keep ${MAX_FROM_CHARACTERS} characters`);
    expect(PROSE).toContain(`\`${new Date(MAX_TIME_MS).toISOString()}\``);
  });
});

it('docs/record-format.md has no line of more than 120 characters', () => {
  expect(PAGE.split('\n').filter((line) => line.length > 120)).toEqual([]);
});
