import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { levelOf } from '../../shared/level/level-of.ts';
import { levelOfLine, readRows } from './rows.ts';

const CORPUS = new URL('../fixtures/corpus/', import.meta.url);

function mistakes(file: URL): string[] {
  return readRows(file)
    .map(({ number, level, line }) => ({ number, level, found: levelOfLine(line) }))
    .filter(({ level, found }) => found !== level)
    .map(({ number, level, found }) => `row ${number}: ${found} instead of ${level}`);
}

describe('the level of a line', () => {
  it('is the expected one for every row of the corpus', () => {
    const rows = readRows(new URL('levels.tsv', CORPUS));

    expect(rows.length).toBeGreaterThan(290);
    expect(mistakes(new URL('levels.tsv', CORPUS))).toEqual([]);
  });

  it('is the expected one for every row of our own cases', () => {
    const file = new URL('cases.tsv', import.meta.url);

    expect(readRows(file).length).toBeGreaterThan(1000);
    expect(mistakes(file)).toEqual([]);
  });

  it('is found or missed without an exception in every line of the logs', () => {
    const logs = readdirSync(CORPUS).filter((name) => name.endsWith('.log'));
    const found = logs.map((name) => {
      const bytes = readFileSync(new URL(name, CORPUS));
      const levels: string[] = [];
      for (let start = 0; start < bytes.length; ) {
        const lineEnd = bytes.indexOf(0x0a, start);
        const end = lineEnd < 0 ? bytes.length : lineEnd;
        levels.push(levelOf(bytes, start, end) ?? 'none');
        start = end + 1;
      }
      return levels;
    });

    expect(logs).toHaveLength(3);
    expect(new Set(found.flat())).toEqual(
      new Set(['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace', 'none']),
    );
  });
});

const CARRIED: readonly (readonly [line: string, level: string])[] = [
  ['{"level":50,"msg":"x"}', 'error'],
  ['{"message": "x", "level": "WARNING"}', 'warn'],
  ['  {"level":"debug"}', 'debug'],
  ['ERROR:root:x', 'error'],
  ['level=error msg=x', 'error'],
  ['Traceback (most recent call last):', 'error'],
  ['ValueError: x', 'error'],
  ['2026-01-15 10:30:00,123 - INFO livekit - error', 'info'],
  ['panic: x', 'panic'],
  ['plain text ERROR', 'none'],
  ['{"a":{"level":"error"}}', 'none'],
];

describe('a line behind a carrier prefix', () => {
  it.each([
    'agent-1  | ',
    'agent_1 | ',
    'my-agent.1       | ',
    '0|agent  | ',
    '12|voice agent | ',
    'Jan 15 10:30:00 host agent[12]: ',
    'Jan  5 10:30:00 ip-10-0-0-1 uv[2455446]: ',
    'Jan 15 10:30:00.123456 host python3[12]: ',
    '2026-01-15T10:30:00+0000 host agent[12]: ',
    '2026-01-15T10:30:00.000000+00:00 app[web.1]: ',
    '2026-01-15T10:30:00.123456789Z stderr F ',
    '2026-01-15T10:30:00.123456789Z stdout F ',
    '[pod/agent-abc/agent] ',
    '10:30:00 web.1  | ',
    '\u001b[36magent-1  |\u001b[0m ',
    '\r\u001b[36magent-1  | \u001b[0m',
    'Jan 15 10:30:00 host dockerd[1]: agent-1  | ',
  ])('has the level of the line alone: %j', (prefix) => {
    const found = CARRIED.map(([line]) => levelOfLine(prefix + line));

    expect(found).toEqual(CARRIED.map(([, level]) => level));
  });
});

const CAPITALS: Readonly<Record<string, string>> = {
  panic: 'PANIC DPANIC',
  fatal: 'FATAL CRITICAL CRIT FTL',
  error: 'ERROR ERR SEVERE',
  warn: 'WARN WARNING WRN',
  info: 'INFO INF NOTICE',
  debug: 'DEBUG DBG VERBOSE',
  trace: 'TRACE TRC VRB',
};
const LOWER_CASE: Readonly<Record<string, string>> = {
  panic: 'panic emerg',
  fatal: 'fatal critical crit alert',
  error: 'error',
  warn: 'warn warning',
  info: 'info notice',
  debug: 'debug verbose',
  trace: 'trace',
};

function words(table: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return Object.entries(table).flatMap(([level, list]) =>
    list.split(' ').map((word) => [word, level] as const),
  );
}

describe('a level word', () => {
  it.each(words(CAPITALS))('counts in capitals at the start: %s', (word, level) => {
    const forms = [
      'W x',
      'W: x',
      'W:root:x',
      '[W] x',
      'W - x',
      'W | x',
      'W\tx',
      'W     x',
      ' - W - x',
      '(W) x',
      '[W   ] x',
    ];

    const found = forms.map((form) => levelOfLine(form.replace('W', word)));

    expect(found).toEqual(forms.map(() => level));
  });

  it.each(words(CAPITALS))('does not count as a part of a word or in the middle: %s', (word) => {
    const forms = [
      'Wx y',
      'W_COUNT: 3',
      'W-7: x',
      'W.x: y',
      'xW y',
      'the W x',
      'the W: x',
      'a, W: x',
      '"W" x',
      'W=5',
    ];

    const found = forms.map((form) => levelOfLine(form.replace('W', word)));

    expect(found).toEqual(forms.map(() => 'none'));
  });

  it.each(words(LOWER_CASE))('counts in lower case before a colon or in brackets: %s', (word, level) => {
    const forms = [
      '[W] x',
      '[W     ] x',
      'W: x',
      '2026-01-15T10:30:00Z W: x',
      '2026-01-15 10:30:00 [W] x',
      '10:30:00 | W | x',
    ];

    const found = forms.map((form) => levelOfLine(form.replace('W', word)));

    expect(found).toEqual(forms.map(() => level));
  });

  it.each(words(LOWER_CASE))('is prose in lower case without them: %s', (word) => {
    const forms = [
      'W x',
      'W',
      'Ws: 3',
      'the W: x',
      '[W-handler] x',
      '2026-01-15 10:30:00 W reading x',
      'W_count: 3',
      '    W: x',
      '  W: x',
    ];

    const found = forms.map((form) => levelOfLine(form.replace('W', word)));

    expect(found).toEqual(forms.map(() => 'none'));
  });
});

const TIMESTAMPS = [
  '2026-01-15 10:30:00',
  '2026-01-15 10:30:00,123',
  '2026-01-15T10:30:00.123456Z',
  '2026-01-15T10:30:00.123+00:00',
  '2026-01-15 10:30:00.123 +0000',
  '2026/01/15 10:30:00',
  '2026/01/15 10:30:00.123456',
  '2026.01.15 10:30:00.123',
  'Jan 15 10:30:00',
  'Jan  5 10:30:00.123',
  'Jan 15, 2026 10:30:00 AM',
  '15 Jan 2026 10:30:00.123',
  '15-Jan-2026 10:30:00.123',
  '15/Jan/2026:10:30:00 +0000',
  'Wed Jan 15 10:30:00 2026',
  'Wed, 15 Jan 2026 10:30:00 GMT',
  '01/15/2026 10:30:00',
  '01/15/2026, 10:30:00 AM',
  '1/15/26 10:30',
  '15.01.2026 10:30:00',
  '10:30:00',
  '10:30:00.123',
  '10:30:00,123',
  '10:30AM',
  '10:30:00 PM',
  '1768473000',
  '1768473000.123',
  '1768473000123',
  '1.768473000123e+09',
  '20260115 10:30:00',
  '20260115T103000.123',
  '01-15 10:30:00',
  '2026-01-15 10:30:00 UTC',
  '2026-01-15 10:30:00 CET',
  '2026-01-15',
];
const AFTER_TIME: readonly (readonly [form: string, level: string])[] = [
  ['T ERROR x', 'error'],
  ['T [WARN] x', 'warn'],
  ['T - INFO - x', 'info'],
  ['T | DEBUG    | a:b:1 - x', 'debug'],
  ['T\tERROR\tx', 'error'],
  ['T error: x', 'error'],
  ['T - a.b - WARNING - x', 'warn'],
  ['[T] ERROR x', 'error'],
  ['[T] [error] x', 'error'],
  ['[T][ERROR][a] x', 'error'],
  ['[T ERROR x] y', 'error'],
  ['[T WRN] y', 'warn'],
  ['[T: ERROR/Main] y', 'error'],
  ['T plain ERROR x', 'none'],
  ['T connected', 'none'],
  ['[T] x ERROR', 'none'],
  ['T error reading x', 'none'],
  ['at T ERROR', 'none'],
];

describe('a key with a literal value, as in YAML or an inspected object', () => {
  it.each(words(LOWER_CASE).filter(([word]) => word !== 'panic'))('has no level: %s', (word) => {
    const forms = ['W: null', 'W: true', 'W: false,', 'W: {', 'W: []', 'W: undefined'];

    const found = forms.map((form) => levelOfLine(form.replace('W', word)));

    expect(found).toEqual(forms.map(() => 'none'));
  });
});

describe('a level word after a timestamp', () => {
  it.each(TIMESTAMPS)('counts directly after it only: %s', (timestamp) => {
    const found = AFTER_TIME.map(([form]) => levelOfLine(form.replace('T', timestamp)));

    expect(found).toEqual(AFTER_TIME.map(([, level]) => level));
  });
});

describe('a text of several lines', () => {
  it('has the level of its first line that is not blank', () => {
    expect(levelOfLine('INFO a\nERROR b')).toBe('info');
    expect(levelOfLine('\n\r\n  \nERROR b\nINFO c')).toBe('error');
    expect(levelOfLine('plain\nERROR b')).toBe('none');
    expect(levelOfLine('\u001b[0mplain\u001b[0m\nERROR b')).toBe('none');
  });

  it('may be a JSON object laid out over lines', () => {
    expect(levelOfLine('{\n  "message": "x",\n  "level": "error"\n}')).toBe('error');
  });
});
