import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSettledLines } from '../../engine/decode/settled-lines.ts';
import { LineView, levelOfLine } from '../../engine/requests/line-view.ts';
import { Timing } from '../../engine/requests/time-rules.ts';
import { createRateLimiter } from '../../engine/send/rate-limiter.ts';
import { backoffMs } from '../../shared/base/backoff.ts';
import { createFairSemaphore } from '../../shared/base/fair-semaphore.ts';
import { createLru, type Lru, type LruOptions } from '../../shared/base/lru.ts';
import { createRangeSet } from '../../shared/base/range-set.ts';
import { createByteWriter } from '../../shared/destination/byte-writer.ts';
import { maskedAnswer } from '../../shared/destination/masked-answer.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import { FLAG_EVENTS, FLAG_UNTERMINATED, type StreamCode } from '../../shared/record/format.ts';
import { evenSample } from '../../shared/telemetry/even-sample.ts';
import { createClock, T0 } from '../helpers/engine-harness.ts';
import { leaksIn } from '../helpers/leaks.ts';
import { groupOf, headerWith } from '../helpers/records.ts';

const range = fc.tuple(fc.nat(60), fc.nat(12)).map(([from, length]) => ({ from, to: from + length }));

describe('intervals', () => {
  it('hold exactly the numbers that were added', () => {
    fc.assert(
      fc.property(fc.array(range), range, (added, asked) => {
        const set = new Set<number>();
        const intervals = createRangeSet();
        for (const { from, to } of added) {
          intervals.add(from, to);
          for (let i = from; i < to; i += 1) set.add(i);
        }

        const missing = intervals.missing(asked.from, asked.to).flatMap(({ from, to }) => numbers(from, to));

        expect(missing).toEqual(numbers(asked.from, asked.to).filter((i) => !set.has(i)));
        expect(intervals.ranges().flatMap(({ from, to }) => numbers(from, to))).toEqual(
          [...set].sort((a, b) => a - b),
        );
      }),
    );
  });
});

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

describe('byte writer', () => {
  it('writes any text as the inside of a JSON string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 8 }), (text, capacity) => {
        const bytes = Buffer.from(text);
        const out = createByteWriter(capacity);

        out.ascii('"');
        out.jsonText(bytes, 0, bytes.length);
        out.byte(0x22);

        expect(JSON.parse(out.toBuffer().toString())).toBe(bytes.toString());
      }),
    );
  });

  it('writes the digits of whole numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(), fc.maxSafeNat())), (values) => {
        const all = [0, 9, 10, 99, 100, 0x7fff_ffff, 0x8000_0000, Number.MAX_SAFE_INTEGER, ...values];
        const out = createByteWriter(1);

        for (const value of all) out.integer(value);

        expect(out.toBuffer().toString()).toBe(all.join(''));
      }),
    );
  });

  it('takes the last event back', () => {
    const out = createByteWriter(1);
    out.utf8('ä1');
    const mark = out.length();
    out.bytes(Buffer.from('xyz'), 1, 3);
    out.truncate(mark);

    expect(out.toBuffer().toString()).toBe('ä1');
  });
});

describe('slots', () => {
  it('never hands out more than there are, and serves agents in turn', async () => {
    const slots = createFairSemaphore(2);
    const order: string[] = [];
    let used = 0;
    let most = 0;
    const work = async (agent: string): Promise<void> => {
      const release = await slots.acquire(agent);
      used += 1;
      most = Math.max(most, used);
      order.push(agent);
      await Promise.resolve();
      used -= 1;
      release();
      release();
    };

    await Promise.all(Array.from('aaaaaa', work).concat([work('b'), work('c')]));

    expect(most).toBe(2);
    expect(order).toHaveLength(8);
    expect(order.indexOf('b')).toBeLessThanOrEqual(4);
    expect(order.indexOf('c')).toBeLessThanOrEqual(5);
  });
});

describe('pace', () => {
  it('spaces the starts of requests to one endpoint, and to that one only', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    const starts: [string, number][] = [];

    await Promise.all(
      ['a', 'a', 'a', 'b'].map(async (endpoint) => {
        await limiter.acquire({ endpoint, startsPerSecond: 10 }, Infinity);
        starts.push([endpoint, clock.now() - T0]);
      }),
    );

    expect(starts.toSorted(([, a], [, b]) => a - b)).toEqual([
      ['a', 0],
      ['b', 0],
      ['a', 100],
      ['a', 200],
    ]);
  });

  it('is not waited for past the end, and takes no turn then', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);
    const acquire = (): Promise<boolean> =>
      limiter.acquire({ endpoint: 'a', startsPerSecond: 1 }, T0 + 1_500);

    const started = await Promise.all([acquire(), acquire(), acquire(), acquire()]);
    const endedMs = clock.now() - T0;
    await limiter.acquire({ endpoint: 'a', startsPerSecond: 1 }, Infinity);

    expect(started).toEqual([true, true, false, false]);
    expect(endedMs).toBe(1_000);
    expect(clock.now() - T0).toBe(2_000);
  });

  it('is each drain’s own', async () => {
    const clock = createClock();
    const limiter = createRateLimiter(clock);

    for (let i = 0; i < 5; i += 1) await limiter.acquire({ endpoint: 'a', startsPerSecond: 50 }, Infinity);
    const fastMs = clock.now() - T0;
    for (let i = 0; i < 5; i += 1) await limiter.acquire({ endpoint: 'b' }, 0);

    expect(fastMs).toBe(80);
    expect(clock.now() - T0).toBe(80);
  });
});

describe('ledger', () => {
  it('skips delivered lines always and parked ones only in events from the mapping', () => {
    const ledger = createSettledLines(() => T0);
    ledger.add('boot', { from: 0, to: 2 }, 'delivered');
    ledger.add('boot', { from: 4, to: 5 }, 'parked');

    expect(ledger.unsettled('boot', { from: 0, to: 6 }, ['delivered', 'parked'])).toEqual([
      { from: 2, to: 4 },
      { from: 5, to: 6 },
    ]);
    expect(ledger.unsettled('boot', { from: 0, to: 6 }, ['delivered'])).toEqual([{ from: 2, to: 6 }]);
    expect(ledger.unsettled('other', { from: 0, to: 1 }, ['delivered'])).toEqual([{ from: 0, to: 1 }]);
  });
});

describe('lru', () => {
  it('forgets what was not touched for too long, and the least recently used past its size', () => {
    let nowMs = 0;
    const dropped: string[] = [];
    const lru = createLru<string>({
      maxEntries: 2,
      maxAgeMs: 100,
      now: () => nowMs,
      onDrop: (value) => dropped.push(value),
    });
    lru.set('a', 'A');
    lru.set('b', 'B');
    lru.get('a');
    lru.set('c', 'C');
    nowMs = 101;

    expect(dropped).toEqual(['B']);
    expect(lru.get('a')).toBeUndefined();
    expect(dropped).toEqual(['B', 'A', 'C']);
  });

  it('keeps and drops what a list that is searched from end to end would', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('set'), key, value: fc.nat(9) }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('get', 'get', 'delete'), key }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.nat(60) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('size', 'clear') }) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const [real, model] = [createLru, createSearchedLru].map((create) => {
          let nowMs = 0;
          const told: unknown[] = [];
          const lru = create<number>({
            maxEntries: 3,
            maxAgeMs: 100,
            now: () => nowMs,
            onDrop: (value) => told.push(`dropped ${value}`),
          });
          for (const one of steps) {
            if ('ms' in one) nowMs += one.ms;
            else if ('value' in one) lru.set(one.key, one.value);
            else if ('key' in one) told.push(one.kind === 'get' ? lru.get(one.key) : lru.delete(one.key));
            else told.push(one.kind === 'size' ? lru.size() : lru.clear());
          }
          lru.clear();
          return told;
        });

        expect(real).toEqual(model);
      }),
    );
  });
});

/** The same in a few lines: the least recently used comes first. */
function createSearchedLru<V>({ maxEntries, maxAgeMs, now, onDrop }: LruOptions<V>): Lru<V> {
  let all: { readonly key: string; readonly value: V; readonly atMs: number }[] = [];
  const without = (key: string): void => {
    all = all.filter((one) => one.key !== key);
  };
  const remove = (key: string): void => {
    const found = all.find((one) => one.key === key);
    without(key);
    if (found !== undefined) onDrop?.(found.value);
  };
  const put = (key: string, value: V): void => {
    without(key);
    all.push({ key, value, atMs: now() });
  };
  const trim = (): void => {
    for (const { key, atMs } of all.slice())
      if (all.length > maxEntries || now() - atMs > maxAgeMs) remove(key);
  };
  return {
    get: (key) => {
      trim();
      const found = all.find((one) => one.key === key);
      if (found !== undefined) put(key, found.value);
      return found?.value;
    },
    set: (key, value) => {
      if (all.find((one) => one.key === key)?.value !== value) remove(key);
      put(key, value);
      trim();
    },
    delete: remove,
    size: () => {
      trim();
      return all.length;
    },
    clear: () => {
      for (const { key } of all.slice()) remove(key);
    },
  };
}

describe('a spread', () => {
  it('is all values if they are few, else least, largest and what lies at even steps between', () => {
    const many = Array.from({ length: 1_001 }, (_, i) => (i * 8) % 1_001);

    expect(evenSample([3, 1, 2], 3)).toEqual([1, 2, 3]);
    expect(evenSample([], 3)).toEqual([]);
    expect(evenSample(many, 5)).toEqual([0, 250, 500, 750, 1_000]);
    expect(evenSample([9, 1, 1, 1], 2)).toEqual([1, 9]);
  });
});

describe('backoff', () => {
  it('stays between nothing and 200 ms doubled per retry, at most 5 s', () => {
    const almostOne = () => 0.999_999;
    expect(backoffMs(0, () => 0)).toBe(0);
    expect([0, 1, 2, 5, 1_000].map((retry) => Math.round(backoffMs(retry, almostOne)))).toEqual([
      200, 400, 800, 5_000, 5_000,
    ]);
  });
});

describe('a kept answer', () => {
  it('holds no setting and no control character, and at most 200 characters', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 4 }).filter((text) => text.trim().length >= 4 && !/^[*]+$/.test(text)),
        fc.string({ unit: 'grapheme' }),
        (secret, around) => {
          const kept = maskedAnswer(`${around}${secret}${around}`, { settings: [secret], lines: [] });

          expect(kept.includes(secret) && !around.includes(secret.slice(0, 1))).toBe(false);
          expect(Array.from(kept).length).toBeLessThanOrEqual(200);
          expect(kept).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });

  it.each([
    ['spaces around it in the store', 'no such key: 0123456789abcdef!', '  0123456789abcdef\n'],
    ['a key within a DSN', 'unknown key 0123456789abcdef', 'https://0123456789abcdef@sentry.example/42'],
    ['its beginning alone', 'key 0123456789ab… is not known', '0123456789abcdef'],
    ['what a URL makes of it', 'no t%C3%B6ken%2F0123456789abcdef here', 'töken/0123456789abcdef'],
    ['base64 of it', `got ${Buffer.from('0123456789abcdef').toString('base64')}`, '0123456789abcdef'],
    ['JSON of it', 'got "a\\"0123456789abcdef"', 'a"0123456789abcdef'],
    ['a cut through it', '0123456789abcdef'.repeat(300), '0123456789abcdef'.repeat(90)],
  ])('holds no setting by %s', (_what, answer, secret) => {
    expect(leaksIn(maskedAnswer(answer, { settings: [secret], lines: [] }), ['0123456789ab'])).toEqual([]);
  });

  it('keeps what is no secret', () => {
    const settings = ['https://intake.example', '0123456789abcdef'];

    expect(maskedAnswer('see https://docs.example/403: 0123456 is short', { settings, lines: [] })).toBe(
      'see https://docs.example/403: 0123456 is short',
    );
  });

  it('holds no beginning of a line', () => {
    const line = 'caller 555-0100 said something private';
    expect(maskedAnswer(`cannot parse "caller 555-0100 sa…`, { settings: [], lines: [line] })).toBe(
      'cannot parse "***…',
    );
  });
});

const LINES = groupOf(
  recordPayload(
    headerWith({
      seq: 10,
      runs: [
        [0, 1, 1, 17, 1],
        [0, 2, 2, 18],
        [1, 3, 1, 1],
      ],
    }),
    [Buffer.from('ERROR first part\nsecond part\nplain\n\n')],
  ),
);

describe('line view', () => {
  it('shows each line with its run, and a split line’s parts with the level of the first', () => {
    const view = new LineView('space');
    const shown = [0, 1, 2, 3, 1].map((i) => {
      view.moveTo(LINES, i);
      return [
        view.bytes.toString('utf8', view.start, view.end),
        view.level,
        view.stream,
        view.timeMs,
        view.seq,
      ];
    });

    expect(shown).toEqual([
      ['ERROR first part', 'error', 'stdout', 1, 10],
      ['second part', 'error', 'stdout', 2, 11],
      ['plain', 'info', 'stdout', 2, 12],
      [' ', 'info', 'stderr', 3, 13],
      ['second part', 'error', 'stdout', 2, 11],
    ]);
  });
});

describe('a split line', () => {
  /** A run of its own for each line, which is left off in, of the given streams. */
  const inParts = (texts: readonly string[], streams: readonly StreamCode[]) =>
    groupOf(
      recordPayload(
        headerWith({
          runs: texts.map((text, i) => [streams[i] ?? 0, 1, 1, text.length + 1, FLAG_UNTERMINATED]),
        }),
        [Buffer.from(texts.map((text) => `${text}\n`).join(''))],
      ),
    );

  it('has the level of its first part in all of them, also where lines of the other stream come between', () => {
    const group = inParts(['ERROR a', 'WARNING b', 'c', 'd', 'e'], [0, 1, 0, 1, 0]);

    expect([0, 1, 2, 3, 4].map((i) => levelOfLine(group, i))).toEqual([
      'error',
      'warn',
      'error',
      'warn',
      'error',
    ]);
  });

  it('is not interrupted by an event of the shipper, which has a level of its own', () => {
    const texts = ['ERROR a', 'WARNING event', 'b'];
    const flags = [FLAG_UNTERMINATED, FLAG_EVENTS, 0];
    const runs = texts.map((text, i) => [1, 1, 1, text.length + 1, flags[i] ?? 0] as const);
    const group = groupOf(recordPayload(headerWith({ runs }), [Buffer.from(`${texts.join('\n')}\n`)]));

    expect([0, 1, 2].map((i) => levelOfLine(group, i))).toEqual(['error', 'warn', 'error']);
  });

  it('is looked for in as few runs however many its parts', () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => (i === 0 ? 'ERROR' : 'x'));
    const group = inParts(texts, []);
    let looked = 0;
    const runs = new Proxy(group.runs, {
      get: (target, key) => {
        looked += typeof key === 'string' && /^\d/.test(key) ? 1 : 0;
        return Reflect.get(target, key, target) as unknown;
      },
    });

    expect(levelOfLine({ ...group, runs }, texts.length - 1)).toBe('error');
    expect(looked).toBeLessThan(30);
  });
});

describe('timing', () => {
  const viewAt = (timeMs: number) => {
    const view = new LineView('keep');
    view.moveTo({ ...LINES, runs: [{ first: 0, count: 4, stream: 0, timeMs, flags: 0, head: 0 }] }, 0);
    return view;
  };

  it('stamps an old line afresh and keeps the true time beside it', () => {
    const timing = new Timing({ maxAgeMs: 1_000, older: 'restamp' }, 10_000);
    const view = viewAt(8_999);

    expect(timing.judge(view, 9_000)).toBe('fits');
    expect([view.timeMs, view.originalTimeMs]).toEqual([10_000, 8_999]);
  });

  it('names a line that the service would reject for its age', () => {
    const timing = new Timing({ maxAgeMs: 1_000, older: 'reject' }, 10_000);

    expect(timing.judge(viewAt(8_998), 8_999)).toBe('too-old');
    expect(timing.judge(viewAt(9_000), 8_999)).toBe('fits');
  });

  it('gives a line that has just come from a clock far behind its arrival time', () => {
    const view = viewAt(8_999);

    expect(new Timing({ maxAgeMs: 1_000, older: 'reject' }, 10_000).judge(view, 9_000)).toBe('fits');
    expect([view.timeMs, view.originalTimeMs]).toEqual([9_000, 8_999]);
  });

  it('raises a time that falls back a little and begins a new request where it falls back far', () => {
    const timing = new Timing({ raiseUpToMs: 100, maxSpanMs: 1_000 }, 10_000);
    const slightlyBack = viewAt(4_950);

    expect(timing.judge(viewAt(5_000), 5_000)).toBe('fits');
    expect(timing.judge(slightlyBack, 5_000)).toBe('fits');
    expect(slightlyBack.timeMs).toBe(5_000);
    expect(timing.judge(viewAt(4_899), 5_000)).toBe('next');
    expect(timing.judge(viewAt(6_001), 6_000)).toBe('next');
  });

  it('gives a line from the future its arrival time', () => {
    const view = viewAt(9_000);

    new Timing({ maxAheadMs: 500 }, 5_000).judge(view, 8_000);

    expect(view.timeMs).toBe(8_000);
  });
});
