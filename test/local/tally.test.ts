import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { createHistogram } from '../../local/tally/histogram.ts';
import { createLineSplitter } from '../../local/tally/line-splitter.ts';
import { createTally, type DestinationTally, type Tally } from '../../local/tally/tally.ts';
import { hashText, joinHashes } from '../../local/tally/text-hash.ts';
import type { AcceptedEvent } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';

const ALL = MANIFESTS.map(({ id }) => id);
const NUMBERED = ALL.filter((id) => RECEIVERS[id].view.streams);
type Stream = 'stdout' | 'stderr';

function accepted(text: string, more: Partial<AcceptedEvent> = {}): AcceptedEvent {
  const base = { event: text, agent: 'CA_x', worker: 'w', stream: 'stdout', text } as const;
  return { ...base, timeMs: 1000, acceptedMs: 1000, request: 0, seq: undefined, ...more };
}
function of(tally: Tally, id: DestinationId): DestinationTally {
  const found = tally.result().destinations[id];
  if (found === undefined) throw new Error(`${id} is not in the tally`);
  return found;
}
function write(tally: Tally, text: string, stream: Stream = 'stdout'): void {
  tally.output('w', stream, Buffer.from(text));
}
/** All that is accepted in one go, in order, by one service without line numbers. */
function accept(tally: Tally, id: DestinationId, texts: readonly string[]): void {
  for (const text of texts) tally.accepted(id, accepted(text));
}

describe('splitting output into lines', () => {
  function linesOf(chunks: readonly Uint8Array[]): string[] {
    const lines: string[] = [];
    let line = '';
    const splitter = createLineSplitter({
      piece: ({ text, from, to }) => {
        line += text.slice(from, to);
      },
      line: () => {
        lines.push(line);
        line = '';
      },
    });
    for (const chunk of chunks) splitter.push(chunk);
    splitter.end();
    return lines;
  }

  it('cuts at LF only, drops one CR before it, and takes what has no end as a line', () => {
    const text = 'a\r\nb\r\r\n\n\r\n\u2028c\rd\u0085\ne\r';

    expect(linesOf([Buffer.from(text)])).toEqual(['a', 'b\r', '', '', '\u2028c\rd\u0085', 'e\r']);
    expect(linesOf([Buffer.from('a\n')])).toEqual(['a']);
    expect(linesOf([])).toEqual([]);
  });

  it('gives the same lines for any bytes, however they are cut into chunks', () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x0a, 0x0d, 0xef, 0xbb, 0xbf, 0xf0, 0x9f, 0x98, 0x80));
    fc.assert(
      fc.property(fc.array(fc.array(byte, { maxLength: 12 })), (chunks) => {
        const bytes = Buffer.from(chunks.flat());
        const expected = bytes
          .toString('latin1')
          .split('\n')
          .map((line, index, all) => (index < all.length - 1 ? line.replace(/\r$/, '') : line))
          .filter((line, index, all) => index < all.length - 1 || line !== '')
          .map((line) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(line, 'latin1')));

        expect(linesOf(chunks.map((chunk) => Uint8Array.from(chunk)))).toEqual(expected);
      }),
    );
  });
});

describe('hashing text', () => {
  it('joins the hashes of two texts to that of both', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, text, (first, second) => {
        expect(joinHashes(hashText(first), hashText(second))).toEqual(hashText(first + second));
      }),
    );
  });

  it('tells texts apart that differ in order, case, count or content', () => {
    const texts = ['ab', 'ba', 'aB', 'abab', 'a', '', ' ', '  ', '\0', '\0\0', 'aab', 'aba', 'baa'];
    const more = Array.from({ length: 100_000 }, (_, n) => `{"level":30,"msg":"turn ${n}"}`);

    const hashes = [...texts, ...more].map((text) => Object.values(hashText(text)).join(':'));

    expect(new Set(hashes).size).toBe(texts.length + more.length);
  });
});

describe('measuring latencies', () => {
  it('knows quantiles to 4 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000_000), { minLength: 1 }),
        fc.constantFrom(0, 0.5, 0.99, 1),
        (values, share) => {
          const histogram = createHistogram();
          for (const value of values) histogram.add(value);
          const sorted = values.toSorted((x, y) => x - y);
          const exact = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;

          const found = histogram.quantile(share);

          expect(found).toBeGreaterThanOrEqual(exact);
          expect(found).toBeLessThanOrEqual(exact * 1.04);
        },
      ),
    );
  });

  it('takes clocks that disagree and years, and says 0 of nothing', () => {
    const histogram = createHistogram();
    const empty = histogram.quantile(0.5);
    histogram.add(-5);
    histogram.add(1e15);

    expect([empty, histogram.quantile(0.5)]).toEqual([0, 0]);
    expect(histogram.quantile(1)).toBeGreaterThan(1e9);
  });
});

describe('the tally', () => {
  it('counts what was written, what arrived, and how long it took', () => {
    const tally = createTally(['datadog']);
    write(tally, 'one\ntwo\n');
    write(tally, 'err', 'stderr');
    tally.event('w', '{"event":"AGENT_EXITED"}');
    tally.end('w');

    tally.accepted('datadog', accepted('one', { acceptedMs: 1010 }));
    tally.accepted('datadog', accepted('err', { stream: 'stderr', acceptedMs: 1020 }));

    expect(tally.delivered('datadog')).toBe(2);
    expect(tally.result()).toEqual({
      lines: { stdout: 2, stderr: 1, events: 1 },
      destinations: {
        datadog: {
          delivered: 2,
          lost: 2,
          duplicates: 0,
          disorder: { stdout: 0, stderr: 0 },
          latency_ms: { p50: 10, p99: 20 },
        },
      },
    });
  });

  it('takes a line on the other stream or of another worker for another line', () => {
    const tally = createTally(['datadog', 'cloudwatch']);
    write(tally, 'line\n');

    for (const id of ['datadog', 'cloudwatch'] as const) {
      tally.accepted(id, accepted('line', { stream: id === 'datadog' ? 'stderr' : undefined }));
      tally.accepted(id, accepted('line', { worker: 'other' }));
    }

    expect(of(tally, 'datadog')).toMatchObject({ lost: 1, duplicates: 2 });
    expect(of(tally, 'cloudwatch')).toMatchObject({ lost: 0, duplicates: 1 });
  });

  it('takes a blank line and a single space for the same', () => {
    const tally = createTally(ALL);
    write(tally, '\n \n\r\n');

    for (const id of ALL) accept(tally, id, [' ', '', ' ']);

    for (const id of ALL) expect(of(tally, id)).toMatchObject({ delivered: 3, lost: 0, duplicates: 0 });
  });

  it('reads what syslog escapes, and only there', () => {
    const tally = createTally(['syslog', 'datadog']);
    write(tally, 'a\rb\u001b\t#011 ###\n');

    accept(tally, 'syslog', ['a#015b#033\t#043011 ###']);
    accept(tally, 'datadog', ['a#015b#033\t#043011 ###']);

    expect(of(tally, 'syslog')).toMatchObject({ lost: 0, duplicates: 0 });
    expect(of(tally, 'datadog')).toMatchObject({ lost: 1, duplicates: 1 });
  });

  it('accepts a line before it is written', () => {
    const tally = createTally(['datadog']);
    const long = 'x'.repeat(5000);
    accept(tally, 'datadog', ['early', long]);

    write(tally, `early\n${long}\n`);

    expect(of(tally, 'datadog')).toMatchObject({ lost: 0, duplicates: 0 });
  });

  it('notes disorder for services that keep the order of acceptance, and within requests for others', () => {
    const tally = createTally(['cloudwatch', 'datadog']);
    write(tally, 'a\nb\nc\nsame\nsame\n');
    write(tally, 'e\n', 'stderr');

    accept(tally, 'cloudwatch', ['b', 'e', 'a', 'same', 'c', 'same']);
    tally.accepted('datadog', accepted('b', { request: 0 }));
    tally.accepted('datadog', accepted('a', { request: 1 }));
    tally.accepted('datadog', accepted('same', { request: 1 }));
    tally.accepted('datadog', accepted('c', { request: 2 }));
    const before = of(tally, 'datadog').disorder;
    tally.accepted('datadog', accepted('same', { request: 3 }));

    expect(of(tally, 'cloudwatch').disorder).toEqual({ stdout: 1, stderr: 0 });
    expect(before).toEqual({ stdout: 0, stderr: 0 });
  });

  it('sees lines of one request in the wrong order', () => {
    const tally = createTally(['sentry']);
    write(tally, 'a\nb\n');

    accept(tally, 'sentry', ['b', 'a']);

    expect(of(tally, 'sentry').disorder).toEqual({ stdout: 1, stderr: 0 });
  });
});

describe('the tally of lines in parts', () => {
  const long = Array.from({ length: 3000 }, (_, n) => `word${n} `).join('');
  const cut = (text: string, length: number): string[] =>
    text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? [];

  it.each(ALL)('joins the parts of a long line for %s', (id) => {
    const tally = createTally([id]);
    write(tally, `before\n${long}\nafter\n`);

    accept(tally, id, ['before', ...cut(long, 700), 'after']);

    expect(of(tally, id)).toMatchObject({ lost: 0, duplicates: 0, disorder: { stdout: 0, stderr: 0 } });
  });

  it('joins parts that are all alike', () => {
    const tally = createTally(['syslog']);
    const alike = 'x'.repeat(1_100_000);
    write(tally, `${alike}\n${alike}\n`);

    accept(tally, 'syslog', [...cut(alike, 7800), ...cut(alike, 8100)]);

    expect(of(tally, 'syslog')).toMatchObject({ lost: 0, duplicates: 0 });
  });

  it('takes no harm from whole lines of the other stream between the parts', () => {
    const tally = createTally(['cloudwatch']);
    write(tally, `${long}\n`);
    write(tally, 'warning\n', 'stderr');
    const [first = '', ...others] = cut(long, 9000);

    accept(tally, 'cloudwatch', [first, 'warning', ...others]);

    expect(of(tally, 'cloudwatch')).toMatchObject({ lost: 0, duplicates: 0 });
  });

  it('tells the end of a line that is coming in from a whole line of the same text', () => {
    const tally = createTally(['syslog']);
    write(tally, `${long}end\nend\n`);

    accept(tally, 'syslog', [...cut(long, 6000), 'end', 'surplus', 'end']);

    expect(of(tally, 'syslog')).toMatchObject({ lost: 0, duplicates: 1 });
  });

  it('counts a long line that comes twice in parts as one duplicate', () => {
    const tally = createTally(['syslog']);
    write(tally, `${long}\n`);

    accept(tally, 'syslog', [...cut(long, 900), ...cut(long, 900)]);

    expect(of(tally, 'syslog')).toMatchObject({ lost: 0, duplicates: 1 });
  });

  it('counts a long line that lacks a part as lost, and its parts as too much', () => {
    const tally = createTally(['syslog']);
    write(tally, `${long}\n`);
    const parts = cut(long, 5000);

    accept(tally, 'syslog', parts.slice(1));

    expect(of(tally, 'syslog')).toMatchObject({ lost: 1, duplicates: parts.length - 1 });
  });

  it('finds a line again after a request that came twice broke into its parts', () => {
    const tally = createTally(['syslog']);
    write(tally, `a\n${long}\nb\n`);
    const [first = '', second = '', ...others] = cut(long, 5000);

    accept(tally, 'syslog', ['a', first, second, 'a', first, second, ...others, 'b']);

    expect(of(tally, 'syslog')).toMatchObject({ lost: 0, duplicates: 3 });
  });

  it.each(NUMBERED)('joins by line number what %s accepted out of order', (id) => {
    const tally = createTally([id]);
    write(tally, `${long}\n`);
    const parts = cut(long, 4000);

    for (const [seq, text] of [...parts.entries()].toReversed()) {
      tally.accepted(id, accepted(text, { seq: 10 + 2 * seq, request: parts.length - seq }));
    }

    expect(of(tally, id)).toMatchObject({ lost: 0, duplicates: 0 });
  });

  it('joins parts of one line number whose requests overtook each other', () => {
    const tally = createTally(['newrelic']);
    write(tally, `${long}\n`);
    const [first = '', ...others] = cut(long, 3000);

    for (const text of others) tally.accepted('newrelic', accepted(text, { seq: 5, request: 0 }));
    tally.accepted('newrelic', accepted(first, { seq: 5, request: 1 }));

    expect(of(tally, 'newrelic')).toMatchObject({ lost: 0, duplicates: 0 });
  });

  it('finds the parts of a line that the stream told of, also behind parts of shorter lines', () => {
    const tally = createTally(['datadog']);
    const [begin, end] = [long.slice(0, 600), long.slice(600, 1_200)];
    const pieces = ['prompt? ', 'yes', begin, end];
    write(tally, `prompt? yes\n${begin}${end}\n`);

    accept(tally, 'datadog', pieces);
    for (const [seq, text] of pieces.entries()) {
      tally.piece({ worker: 'w', boot: 'b', stream: 'stdout', seq, text, open: seq % 2 === 0 });
    }

    expect(of(tally, 'datadog')).toMatchObject({ lost: 0, duplicates: 0 });
    expect(tally.result().lines.stdout).toBe(2);
  });

  it('ends in good time though nothing fits', () => {
    const tally = createTally(['syslog']);
    write(tally, `${'y'.repeat(2_000_000)}\n`);

    for (let n = 0; n < 20_000; n += 1) {
      tally.accepted('syslog', accepted(`${n} ${'surplus '.repeat(20)}`));
    }

    expect(of(tally, 'syslog')).toMatchObject({ lost: 1, duplicates: 20_000 });
  });
});

describe('the tally of any lines with any loss, repetition and splitting', () => {
  /** A written line, how often it arrives, and where it is cut each time if it is long. */
  interface Fate {
    readonly worker: string;
    readonly stream: Stream;
    readonly text: string;
    readonly copies: readonly (readonly number[])[];
  }
  const short = fc
    .string({ unit: 'binary', maxLength: 20 })
    .map((text) => text.replaceAll('\n', '').replace(/\r+$/, ''));
  const some = fc.constantFrom('a', 'b', '', ' ', 'é☃😀');
  const longLine = fc.tuple(fc.nat(), fc.integer({ min: 1000, max: 5000 })).map(([start, length]) => {
    let text = '';
    for (let n = start; text.length < length; n += 1) text += `${n.toString(36)}-`;
    return text;
  });
  const fate: fc.Arbitrary<Fate> = fc.record({
    worker: fc.constantFrom('w1', 'w2'),
    stream: fc.constantFrom<Stream>('stdout', 'stderr'),
    text: fc.oneof(short, some, longLine),
    copies: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.array(fc.integer({ min: 100, max: 1500 }), { maxLength: 20 })) },
      {
        weight: 1,
        arbitrary: fc.array(fc.array(fc.integer({ min: 100, max: 1500 }), { maxLength: 20 }), {
          maxLength: 3,
        }),
      },
    ),
  });
  const partsOf = (text: string, lengths: readonly number[]): string[] => {
    const parts: string[] = [];
    let at = 0;
    for (const length of text.length < 1000 ? [] : lengths) {
      if (at + length >= text.length) break;
      parts.push(text.slice(at, at + length));
      at += length;
    }
    return [...parts, text.slice(at)];
  };
  /** Written minus accepted, by whatever makes lines the same to the service. */
  function expectedOf(fates: readonly Fate[], streams: boolean): { lost: number; duplicates: number } {
    const counts = new Map<string, number>();
    for (const { worker, stream, text, copies } of fates) {
      const key = JSON.stringify([worker, streams ? stream : '', text === ' ' ? '' : text]);
      counts.set(key, (counts.get(key) ?? 0) + 1 - copies.length);
    }
    const lost = [...counts.values()].reduce((sum, count) => sum + Math.max(0, count), 0);
    const duplicates = [...counts.values()].reduce((sum, count) => sum + Math.max(0, -count), 0);
    return { lost, duplicates };
  }

  it.each(ALL)('is exact for %s', (id) => {
    const { streams, ordered } = RECEIVERS[id].view;
    const numbered = !ordered;
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
        const tally = createTally([id]);
        for (const { worker, stream, text } of fates) tally.output(worker, stream, Buffer.from(`${text}\n`));
        let seq = 0;
        let request = 0;
        let events = 0;
        for (const { worker, stream, text, copies } of fates) {
          seq += 1;
          for (const lengths of copies) {
            request += 1;
            for (const part of partsOf(text, lengths)) {
              events += 1;
              const wire =
                RECEIVERS[id].protocol === 'syslog'
                  ? part.replaceAll('#', '#043').replaceAll('\r', '#015')
                  : part;
              const more = {
                worker,
                stream: streams ? stream : undefined,
                request,
                seq: numbered ? seq : undefined,
              };
              tally.accepted(id, accepted(wire, more));
            }
          }
        }

        expect(of(tally, id)).toMatchObject({ delivered: events, ...expectedOf(fates, streams) });
        expect(of(tally, id).disorder).toEqual({ stdout: 0, stderr: 0 });
      }),
      { numRuns: 200 },
    );
  });
});
