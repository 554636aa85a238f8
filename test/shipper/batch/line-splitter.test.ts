import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../../shared/record/decode.ts';
import { recordPayload, wireRun } from '../../../shared/record/encode.ts';
import { FLAG_UNTERMINATED, RECORD_VERSION, STDOUT } from '../../../shared/record/format.ts';
import { textOf } from '../../../shared/record/lines.ts';
import { createLineSplitter } from '../../../shipper/batch/line-splitter.ts';
import type { LineBlock } from '../../../shipper/batch/partial-line.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

/** A line without an end is passed on when it is this old. */
const AGE_MS = 5_000;

/** A block as it was passed on, and when. */
interface Passed {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly flags: number;
  readonly atMs: number;
  /** When its last byte was read, for a part that was too old. */
  readonly readMs?: number;
}

/** A splitter in simulated time, which begins at 0. */
function setUp(maxLineBytes = 256 * 1024, isReading = () => true) {
  const clock = createSimulatedClock();
  const passed: Passed[] = [];
  const pass = ({ parts, bytes, lines, flags }: LineBlock, readMs?: number): void => {
    const all = Buffer.concat(parts);
    expect(all.length).toBe(bytes);
    passed.push({ bytes: all, lines, flags, atMs: clock.now(), ...(readMs !== undefined && { readMs }) });
  };
  const splitter = createLineSplitter({ maxLineBytes, onBlock: pass, onOldPart: pass, isReading, clock });
  return { splitter, passed, clock };
}

/** What is written, in how many ms after what came before. */
type Chunk = readonly [waitMs: number, bytes: Buffer];

async function writeAll(
  { splitter, clock }: ReturnType<typeof setUp>,
  chunks: readonly Chunk[],
): Promise<void> {
  for (const [waitMs, bytes] of chunks) {
    await clock.advance(waitMs);
    splitter.write(bytes);
  }
}

const text = (value: string | Buffer): string => value.toString('latin1');

/** The bytes as they were written: an LF that the agent did not write is ours. */
function joined(passed: readonly Passed[]): string {
  return passed
    .map(({ bytes, flags }) => text((flags & FLAG_UNTERMINATED) === 0 ? bytes : bytes.subarray(0, -1)))
    .join('');
}

/** The texts as a reader of the records has them, parts joined. */
function textsRead(passed: readonly Passed[]): readonly string[] {
  const runs = passed.map(({ bytes, lines, flags }) =>
    wireRun({ stream: STDOUT, timeMs: 1, lines, bytes: bytes.length, flags }),
  );
  const header = {
    log_drain: RECORD_VERSION,
    agent_id: 'a',
    worker_id: 'w',
    boot: 'b',
    seq: 0,
    runs,
  } as const;
  const decoded = decodeRecord(
    recordPayload(
      header,
      passed.map(({ bytes }) => bytes),
    ),
    { arrivalMs: 0 },
  );
  if (decoded.kind !== 'lines') throw new Error(decoded.reason);
  const lines: string[] = [];
  let open = false;
  for (const group of decoded.groups) {
    for (const { first, count, flags } of group.runs) {
      for (let i = first; i < first + count; i += 1) {
        const part = textOf(group, i);
        if (open) lines.push(`${lines.pop()}${part}`);
        else lines.push(part);
        open = (flags & FLAG_UNTERMINATED) !== 0 && i === first + count - 1;
      }
    }
  }
  return lines;
}

/** The lines of what was written, as text. */
function linesOf(written: string): readonly string[] {
  const lines = written.split('\n').map((line) => Buffer.from(line, 'latin1'));
  const last = lines.pop();
  const ended = lines.map((line) => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line));
  return [...ended, ...(last === undefined || last.length === 0 ? [] : [last])].map(String);
}

// LF, CR and the bytes of characters are common.
const byte = fc.oneof(
  fc.constantFrom(0x0a, 0x0d),
  fc.constantFrom(0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xc3, 0xa9),
  fc.integer({ min: 0, max: 255 }),
);
const chunksOf = (maxWaitMs: number): fc.Arbitrary<readonly Chunk[]> =>
  fc.array(
    fc.tuple(
      fc.oneof(fc.constant(0), fc.nat(maxWaitMs)),
      fc.array(byte, { maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 30 },
  );

const withoutEmpty = (chunks: readonly Chunk[]): readonly Chunk[] =>
  chunks.filter(([, bytes]) => bytes.length > 0);

/** Lines of whole characters, cut into pieces anywhere. */
const pieces: fc.Arbitrary<readonly Chunk[]> = fc
  .tuple(
    fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\r', '\r\n', '\n'), maxLength: 60 }),
    fc.infiniteStream(fc.tuple(fc.nat(1_600), fc.integer({ min: 1, max: 7 }))),
  )
  .map(([value, cuts]) => {
    const chunks: Chunk[] = [];
    for (let rest = Buffer.from(value); rest.length > 0; ) {
      const [waitMs, length] = cuts.next().value;
      chunks.push([waitMs, rest.subarray(0, length)]);
      rest = rest.subarray(length);
    }
    return chunks;
  });

describe('a line without an end', () => {
  it('is passed on in parts which joined are what was written, and is one line, whatever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(chunksOf(15_000), fc.constantFrom(4, 10, 1000), async (chunks, maxLineBytes) => {
        const world = setUp(maxLineBytes);
        await writeAll(world, chunks);
        world.splitter.end();

        const written = chunks.map(([, bytes]) => text(bytes)).join('');
        expect(joined(world.passed)).toBe(written);
        expect(world.splitter.lines()).toBe(linesOf(written).length);
        expect(textsRead(world.passed)).toHaveLength(linesOf(written).length);
        expect(world.clock.pendingMs()).toEqual([]);
      }),
    );
  });

  it('is never held for longer, but for a CR alone', async () => {
    await fc.assert(
      fc.asyncProperty(chunksOf(15_000), async (chunks) => {
        const world = setUp();
        await writeAll(world, chunks);
        // What is left of a character waits as long once more.
        await world.clock.advance(2 * AGE_MS);

        const written = chunks.map(([, bytes]) => text(bytes)).join('');
        expect([written, written.replace(/\r$/, '')]).toContain(joined(world.passed));
      }),
    );
  });

  it('has the same text in parts as in one piece, if no character is interrupted for so long', async () => {
    // Four bytes of a character come within 4.8 s.
    await fc.assert(
      fc.asyncProperty(fc.oneof(pieces, chunksOf(1_600).map(withoutEmpty)), async (chunks) => {
        const world = setUp();
        await writeAll(world, chunks);
        world.splitter.end();

        const written = chunks.map(([, bytes]) => text(bytes)).join('');
        expect(textsRead(world.passed)).toEqual(linesOf(written));
      }),
      { numRuns: 300 },
    );
  });

  it('is passed on when the first byte that is held is 5 s old, with the time of its last byte', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from('whole\nwait'));
    await clock.advance(4_000);
    splitter.write(Buffer.from('ing'));
    await clock.advance(999);
    const before = passed.length;
    await clock.advance(1);

    expect(before).toBe(1);
    expect(passed[1]).toEqual({
      bytes: Buffer.from('waiting\n'),
      lines: 1,
      flags: FLAG_UNTERMINATED,
      atMs: 5_000,
      readMs: 4_000,
    });
  });

  it('goes on in its next part, whose age counts from its own first byte', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from('one'));
    await clock.advance(8_000);
    splitter.write(Buffer.from(' two'));
    await clock.advance(9_000);
    splitter.write(Buffer.from(' three\nnext\n'));

    expect(passed.map(({ bytes, flags, atMs }) => [text(bytes), flags, atMs])).toEqual([
      ['one\n', FLAG_UNTERMINATED, 5_000],
      [' two\n', FLAG_UNTERMINATED, 13_000],
      [' three\n', 0, 17_000],
      ['next\n', 0, 17_000],
    ]);
    expect(splitter.lines()).toBe(2);
  });

  it('stays whole if it is ended in time, however many were open before', async () => {
    const { splitter, passed, clock } = setUp();
    for (let count = 0; count < 10; count += 1) {
      splitter.write(Buffer.from('beg'));
      await clock.advance(4_999);
      splitter.write(Buffer.from('un\n'));
    }

    expect(passed.map(({ bytes }) => text(bytes))).toEqual(Array(10).fill('begun\n'));
  });

  it('has an empty last part if only its end comes later, by LF or CRLF', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from('lf'));
    await clock.advance(AGE_MS);
    splitter.write(Buffer.from('\ncrlf\r'));
    await clock.advance(AGE_MS);
    splitter.write(Buffer.from('\n'));

    expect(passed.map(({ bytes, flags }) => [text(bytes), flags])).toEqual([
      ['lf\n', FLAG_UNTERMINATED],
      ['\n', 0],
      ['crlf\n', FLAG_UNTERMINATED],
      ['\r\n', 0],
    ]);
    expect(textsRead(passed)).toEqual(['lf', 'crlf']);
    expect(splitter.lines()).toBe(2);
  });

  it('has no further part if the stream ends behind one, and is a line', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from('prompt'));
    await clock.advance(AGE_MS);
    splitter.end();

    expect(passed).toHaveLength(1);
    expect(splitter.lines()).toBe(1);
  });

  it('keeps a character together that is not complete, but no longer than once more', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from([0x61, 0xf0, 0x9f]));
    await clock.advance(AGE_MS + 1);
    splitter.write(Buffer.from([0x98, 0x80, 0xe2]));
    await clock.advance(2 * AGE_MS);

    expect(passed.map(({ bytes, atMs }) => [bytes.toString('hex'), atMs])).toEqual([
      ['610a', 5_000],
      ['f09f98800a', 10_000],
      ['e20a', 15_000],
    ]);
  });

  it('leaves a lone CR where it is, and no timer with it; the next byte begins to age anew', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from('10 %\r'));
    await clock.advance(20_000);
    const idle = clock.pendingMs();
    splitter.write(Buffer.from('20 %'));
    await clock.advance(AGE_MS);

    expect(idle).toEqual([]);
    expect(passed.map(({ bytes, atMs }) => [text(bytes), atMs])).toEqual([
      ['10 %\n', 5_000],
      ['\r20 %\n', 25_000],
    ]);
  });

  it('is not counted as too long for being in parts, and once if it is too long as well', async () => {
    const { splitter, clock } = setUp(4);
    splitter.write(Buffer.from('abc'));
    await clock.advance(AGE_MS);
    splitter.write(Buffer.from('def\n'));
    const afterOld = splitter.split();
    splitter.write(Buffer.from('too long'));
    await clock.advance(AGE_MS);
    splitter.write(Buffer.from('and so on'));
    await clock.advance(AGE_MS);
    splitter.write(Buffer.from('\n'));
    const afterLong = splitter.split();
    splitter.write(Buffer.from('long again\n'));

    expect([afterOld, afterLong, splitter.split()]).toEqual([0, 1, 2]);
    expect(splitter.lines()).toBe(3);
  });

  it('stays whole if its end was written in time and this process was held up', async () => {
    const { splitter, passed, clock } = setUp();
    splitter.write(Buffer.from('writ'));
    // All timers that are due come before what is to be read.
    clock.after(AGE_MS, () => splitter.write(Buffer.from('ten\n')));
    await clock.advance(AGE_MS);

    expect(passed.map(({ bytes }) => text(bytes))).toEqual(['written\n']);
  });

  it('is not cut while nothing is read', async () => {
    let reading = false;
    const { splitter, passed, clock } = setUp(undefined, () => reading);
    splitter.write(Buffer.from('prompt'));
    await clock.advance(3 * AGE_MS);
    const before = passed.length;
    reading = true;
    await clock.advance(AGE_MS);

    expect([before, passed.length]).toEqual([0, 1]);
  });

  it('takes one timer at most, however many lines begin', async () => {
    const { splitter, clock } = setUp();
    const pending: number[] = [];
    for (let count = 0; count < 100; count += 1) {
      splitter.write(Buffer.from('end\nbeginning'));
      pending.push(clock.pendingMs().length);
      await clock.advance(700);
    }

    expect(Math.max(...pending)).toBe(1);
  });
});
