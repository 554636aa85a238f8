import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FLAG_EVENTS,
  FLAG_UNTERMINATED,
  MAX_RECORD_BODY_BYTES,
  MAX_RECORD_RUNS,
  STDERR,
  STDOUT,
  type StreamCode,
} from '../../../shared/record/format.ts';
import type { Batch } from '../../../shipper/batch/batch.ts';
import { type Batcher, createBatcher } from '../../../shipper/batch/batcher.ts';
import { HEADER_ROOM } from '../../../shipper/batch/buffer-pool.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

/** A batcher in simulated time. */
function setUp(maxLineBytes = 256 * 1024) {
  const batches: Batch[] = [];
  const clock = createSimulatedClock({ startMs: 1_000 });
  const batcher = createBatcher({ maxLineBytes, onBatch: (batch) => batches.push(batch), clock });
  return { batcher, batches, clock };
}

/** Writes a chunk whose memory the reader uses again at once. */
function writeLent(batcher: Batcher, stream: StreamCode, bytes: Buffer): void {
  const lent = Buffer.from(bytes);
  batcher.write(stream, lent);
  lent.fill('#');
}

interface Line {
  readonly stream: StreamCode;
  readonly bytes: string;
  readonly flags: number;
}

/** Reads batches back, checking that their sums are right. */
function readBatches(batches: readonly Batch[]): readonly Line[] {
  const lines: Line[] = [];
  for (const batch of batches) {
    expect(batch.seq).toBe(lines.length);
    const { body } = batch;
    expect(body.length).toBeLessThanOrEqual(MAX_RECORD_BODY_BYTES);
    expect(batch.runs.length).toBeLessThanOrEqual(MAX_RECORD_RUNS);
    let from = 0;
    for (const [stream, , count, bytes, flags = 0] of batch.runs) {
      const texts = body.toString('latin1', from, from + bytes).split('\n');
      expect(texts.pop()).toBe('');
      expect(texts).toHaveLength(count);
      for (const text of texts) lines.push({ stream, bytes: text, flags });
      from += bytes;
    }
    expect(from).toBe(body.length);
    expect(batch.runs.reduce((sum, run) => sum + run[2], 0)).toBe(batch.lines);
  }
  return lines;
}

const streams = fc.constantFrom<StreamCode>(STDOUT, STDERR);
// LF and the bytes of multi-byte characters are common.
const byte = fc.oneof(
  fc.constant(0x0a),
  fc.constantFrom(0xe2, 0x82, 0xac, 0x41, 0x0d),
  fc.integer({ min: 0, max: 255 }),
);
const chunk = fc.array(byte, { maxLength: 60 }).map((bytes) => Buffer.from(bytes));

describe('the batcher', () => {
  it('gives back the lines of any bytes in any chunks on two streams', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(streams, chunk), { maxLength: 40 }), (chunks) => {
        const { batcher, batches } = setUp();

        for (const [stream, bytes] of chunks) writeLent(batcher, stream, bytes);
        for (const stream of [STDOUT, STDERR] as const) batcher.end(stream);
        batcher.flush();

        expect(readBatches(batches)).toEqual(referenceLines(chunks));
      }),
    );
  });

  it('splits long lines so that the parts join to the line and no part is longer than allowed', () => {
    const maxLineBytes = fc.integer({ min: 4, max: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(streams, chunk), { maxLength: 40 }), maxLineBytes, (chunks, max) => {
        const { batcher, batches } = setUp(max);

        for (const [stream, bytes] of chunks) writeLent(batcher, stream, bytes);
        for (const stream of [STDOUT, STDERR] as const) batcher.end(stream);
        batcher.flush();

        const lines = readBatches(batches);
        for (const stream of [STDOUT, STDERR] as const) {
          const own = lines.filter((line) => line.stream === stream);
          const joined = own
            .map(({ bytes, flags }) => (flags & FLAG_UNTERMINATED ? bytes : `${bytes}\n`))
            .join('');
          expect(joined).toBe(written(chunks, stream));
          expect(own.every(({ bytes }) => textOf(bytes).length <= max)).toBe(true);
        }
        const { stdout, stderr, split } = batcher.counts();
        const whole = referenceLines(chunks);
        expect(stdout + stderr).toBe(whole.length);
        expect(split).toBe(whole.filter(({ bytes }) => textOf(bytes).length > max).length);
      }),
    );
  });

  it('splits between characters, never inside one', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\n'), minLength: 20, maxLength: 200 }),
        (text) => {
          const { batcher, batches } = setUp(10);
          const line = text.replaceAll('\n', '');

          batcher.write(STDOUT, Buffer.from(`${line}\n`));
          batcher.flush();

          const parts = readBatches(batches).map(({ bytes }) => Buffer.from(bytes, 'latin1').toString());
          expect(parts.join('')).toBe(Buffer.from(line).toString());
        },
      ),
    );
  });

  it('counts a line of 1 MB as one line, split once, whose parts fit', () => {
    const { batcher, batches } = setUp();
    const line = '€'.repeat(350_000);

    batcher.write(STDOUT, Buffer.from(`before\n${line}\nafter\n`));
    batcher.flush();

    const lines = readBatches(batches);
    expect(lines.map(({ bytes }) => bytes.length)).toEqual([6, 262_143, 262_143, 262_143, 262_143, 1_428, 5]);
    expect(lines.map(({ flags }) => flags)).toEqual([0, 1, 1, 1, 1, 0, 0]);
    expect(batcher.counts()).toEqual({ stdout: 3, stderr: 0, events: 0, split: 1 });
  });

  it.each([
    ['read at once', ['abcd\r\nx\n']],
    ['whose end is read later', ['abcd', '\r\nx\n']],
    ['whose LF is read later', ['abcd\r', '\nx\n']],
  ])('keeps a line whole that is just short enough without its CR, %s', (_, chunks) => {
    const { batcher, batches } = setUp(4);

    for (const text of chunks) batcher.write(STDOUT, Buffer.from(text));
    batcher.flush();

    expect(readBatches(batches).map(({ bytes }) => bytes)).toEqual(['abcd\r', 'x']);
    expect(batcher.counts().split).toBe(0);
  });

  it('splits at a CR that does not end the line, and leaves no part with nothing but one', () => {
    const { batcher, batches } = setUp(4);

    batcher.write(STDOUT, Buffer.from('abcd\rx\nabcdefgh\r\n'));
    batcher.flush();

    expect(readBatches(batches).map(({ bytes }) => bytes)).toEqual(['abcd', '\rx', 'abcd', 'efgh\r']);
    expect(batcher.counts().split).toBe(2);
  });

  it('joins what is read in the same millisecond of the same stream into one run', async () => {
    const { batcher, batches, clock } = setUp();

    batcher.write(STDOUT, Buffer.from('a\n'));
    batcher.write(STDOUT, Buffer.from('b\nc\n'));
    await clock.advance(1);
    batcher.write(STDOUT, Buffer.from('d\n'));
    batcher.write(STDERR, Buffer.from('e\n'));
    batcher.event('{}');
    batcher.flush();

    expect(batches[0]?.runs).toEqual([
      [STDOUT, 1_000, 3, 6],
      [STDOUT, 1_001, 1, 2],
      [STDERR, 1_001, 1, 2],
      [STDERR, 1_001, 1, 3, FLAG_EVENTS],
    ]);
  });

  it('keeps each unended line a run of its own, since the flag speaks of the last line alone', () => {
    const { batcher, batches } = setUp(4);

    batcher.write(STDOUT, Buffer.from('aaaabbbbcc\n'));
    batcher.flush();

    expect(batches[0]?.runs).toEqual([
      [STDOUT, 1_000, 1, 5, FLAG_UNTERMINATED],
      [STDOUT, 1_000, 1, 5, FLAG_UNTERMINATED],
      [STDOUT, 1_000, 1, 3],
    ]);
  });

  it('closes a batch before it is larger than a record', () => {
    const { batcher, batches } = setUp();
    const line = Buffer.from(`${'x'.repeat(99_999)}\n`);

    for (let count = 0; count < 25; count += 1) batcher.write(STDOUT, line);
    batcher.flush();

    expect(batches.map(({ lines }) => lines)).toEqual([10, 10, 5]);
    expect(readBatches(batches)).toHaveLength(25);
  });

  it('closes a batch that has as many runs as a record may have', () => {
    const { batcher, batches } = setUp();

    for (let count = 0; count < MAX_RECORD_RUNS + 1; count += 1) {
      batcher.write(count % 2 === 0 ? STDOUT : STDERR, Buffer.from('x\n'));
    }
    batcher.flush();

    expect(batches.map(({ runs }) => runs.length)).toEqual([MAX_RECORD_RUNS, 1]);
  });

  it('closes the first batch after 100 ms and later ones after 1 s, and has no timer of a batch while idle', async () => {
    const { batcher, batches, clock } = setUp();
    const delays: (readonly number[])[] = [];

    for (const text of ['a', 'b', 'c']) {
      batcher.write(STDOUT, Buffer.from(`${text}\n`));
      delays.push(clock.pendingMs());
      await clock.advanceToNext();
    }
    const idle = clock.pendingMs();
    batcher.write(STDOUT, Buffer.from('not ended'));

    expect(delays).toEqual([[100], [1_000], [1_000]]);
    expect(batches.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect([idle, clock.pendingMs()]).toEqual([[], [5_000]]);
  });

  it('sends what has no end for 5 s at once, with the batch that is open, on each stream apart', async () => {
    const { batcher, batches, clock } = setUp();
    batcher.event('{}');
    await clock.advance(1_000);
    batcher.write(STDERR, Buffer.from('10 %'));
    await clock.advance(2_000);
    batcher.write(STDOUT, Buffer.from('prompt'));
    await clock.advance(2_500);
    batcher.write(STDOUT, Buffer.from('? yes\n'));
    await clock.advance(500);
    const closed = batches.length;
    await clock.advance(9_500);
    batcher.write(STDERR, Buffer.from(' done\n'));
    for (const stream of [STDOUT, STDERR] as const) batcher.end(stream);
    batcher.flush();

    expect(readBatches(batches)).toEqual([
      { stream: STDERR, bytes: '{}', flags: FLAG_EVENTS },
      { stream: STDOUT, bytes: 'prompt? yes', flags: 0 },
      { stream: STDERR, bytes: '10 %', flags: FLAG_UNTERMINATED },
      { stream: STDERR, bytes: ' done', flags: 0 },
    ]);
    expect(closed).toBe(2);
    expect(batches.map(({ runs }) => runs.map(([, timeMs]) => timeMs))).toEqual([
      [1_000],
      [6_500, 2_000],
      [16_500],
    ]);
    expect(batcher.counts()).toEqual({ stdout: 1, stderr: 1, events: 1, split: 0 });
    expect(clock.pendingMs()).toEqual([]);
  });

  it('leaves room for the header before the lines, and uses memory again once it is released', () => {
    const { batcher, batches } = setUp();
    const next = (text: string): Batch | undefined => {
      batcher.write(STDOUT, Buffer.from(text));
      batcher.flush();
      return batches.at(-1);
    };

    const first = next('one\n');
    const second = next('two\n');
    first?.release();
    const third = next('three\n');

    expect([first, second, third].map((batch) => batch?.body.byteOffset)).toEqual(Array(3).fill(HEADER_ROOM));
    expect(second?.body.buffer).not.toBe(first?.body.buffer);
    expect(third?.body.buffer).toBe(first?.body.buffer);
    expect(second?.body.toString()).toBe('two\n');
  });

  it('returns the number that an event has in the stream', () => {
    const { batcher } = setUp();

    batcher.write(STDOUT, Buffer.from('a\nb\n'));

    expect(batcher.event('{}')).toBe(2);
  });
});

/** Without the CR of an end by CRLF. */
function textOf(line: string): string {
  return line.replace(/\r$/, '');
}

/** What the lines are, byte by byte. */
function referenceLines(chunks: readonly (readonly [StreamCode, Buffer])[]): readonly Line[] {
  const open = { [STDOUT]: '', [STDERR]: '' };
  const lines: Line[] = [];
  for (const [stream, bytes] of chunks) {
    for (const char of bytes.toString('latin1')) {
      if (char === '\n') {
        lines.push({ stream, bytes: open[stream], flags: 0 });
        open[stream] = '';
      } else open[stream] += char;
    }
  }
  for (const stream of [STDOUT, STDERR] as const) {
    if (open[stream] !== '') lines.push({ stream, bytes: open[stream], flags: FLAG_UNTERMINATED });
  }
  return lines;
}

function written(chunks: readonly (readonly [StreamCode, Buffer])[], stream: StreamCode): string {
  return chunks.map(([of, bytes]) => (of === stream ? bytes.toString('latin1') : '')).join('');
}
