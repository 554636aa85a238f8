import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCompressor } from '../../shared/record/compressor.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { CODEC, compressPayloadSync, recordPayload, splitRecord } from '../../shared/record/encode.ts';
import { ARRIVAL, headerFor, headerWith, printed, seen } from '../helpers/records.ts';

describe('recordPayload', () => {
  it('is the header as one line of JSON and then the bytes as they are', () => {
    const body = Buffer.from('hello\nworld\n');

    const payload = recordPayload(headerFor(body), [body.subarray(0, 6), body.subarray(6)]);

    expect(payload.toString()).toBe(
      '{"log_drain":1,"agent_id":"CA_x","worker_id":"CAW_y","boot":"k3f9c2","seq":1041,' +
        '"runs":[[0,1768473000000,2,12]]}\nhello\nworld\n',
    );
  });
});

describe('compression', () => {
  it.each([
    ['off the main thread', createCompressor()],
    ['on the main thread', compressPayloadSync],
  ])('writes the codec of the runtime, with a checksum, %s', async (_, compress) => {
    const compressed = await compress(Buffer.from('x'.repeat(1000)));

    expect(compressed.subarray(0, 4).toString('hex')).toMatch(CODEC === 'zstd' ? /^28b52ffd/ : /^1f8b/);
    // RFC 8878, section 3.1.1.1.1: bit 2 of the frame header descriptor, the fifth byte, is the checksum flag.
    expect(CODEC === 'gzip' || ((compressed[4] ?? 0) & 4) === 4).toBe(true);
    expect(CODEC).toBe('zstdCompress' in zlib ? 'zstd' : 'gzip');
  });

  it('gives back every byte of any lines in any runs, one record after the other', async () => {
    const compress = createCompressor();
    await fc.assert(
      fc.asyncProperty(printed, async ({ header, body, texts }) => {
        const decoded = decodeRecord(await compress(recordPayload(header, [body])), ARRIVAL);

        const lines = seen(decoded);
        expect(lines.map((line) => line.text)).toEqual(texts);
        expect(lines.map((line) => line.seq)).toEqual(texts.map((_, i) => header.seq + i));
        const runs = header.runs.flatMap(([stream, timeMs, count, , flags = 0]) =>
          Array.from({ length: count }, (_, i) => [stream, timeMs, i === count - 1 ? flags : flags & ~1]),
        );
        expect(lines.map((line) => [line.stream, line.timeMs, line.flags])).toEqual(runs);
      }),
    );
  });
});

describe('splitRecord', () => {
  it('cuts at the line end below the middle and numbers the second part on', () => {
    const body = Buffer.from('aaaa\nbb\ncccc\n');

    const parts = splitRecord(headerFor(body, { seq: 7 }), body);

    expect(parts).toEqual([
      { header: headerFor(Buffer.from('aaaa\n'), { seq: 7 }), body: Buffer.from('aaaa\n') },
      { header: headerFor(Buffer.from('bb\ncccc\n'), { seq: 8 }), body: Buffer.from('bb\ncccc\n') },
    ]);
  });

  it('leaves the flag of an unterminated line with the part that holds the end of the run', () => {
    const body = Buffer.from('a\nb\nc\nd\n');

    const parts = splitRecord(headerWith({ runs: [[1, 5, 4, 8, 3]] }), body);

    expect(parts?.map((part) => part.header.runs)).toEqual([[[1, 5, 2, 4, 2]], [[1, 5, 2, 4, 3]]]);
  });

  it('cuts after the first line if that reaches past the middle', () => {
    const body = Buffer.from('aaaaaaaaaaaa\nb\n');

    const parts = splitRecord(headerFor(body), body);

    expect(parts?.map((part) => part.body.toString())).toEqual(['aaaaaaaaaaaa\n', 'b\n']);
  });

  it.each(['', '\n', 'one\n'])('cannot cut %j', (text) => {
    const body = Buffer.from(text);

    expect(splitRecord(headerFor(body), body)).toBeUndefined();
  });

  it('loses and changes no line, however often a record is cut', () => {
    fc.assert(
      fc.property(printed, ({ header, body }) => {
        const whole = seen(decodeRecord(recordPayload(header, [body]), ARRIVAL));

        const parts = [{ header, body }];
        const pieces = [];
        for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
          const halves = splitRecord(part.header, part.body);
          if (halves === undefined) pieces.push(part);
          else parts.push(halves[1], halves[0]);
        }

        const lines = pieces.flatMap((piece) =>
          seen(decodeRecord(recordPayload(piece.header, [piece.body]), ARRIVAL)),
        );
        expect(pieces).toHaveLength(Math.max(whole.length, 1));
        expect(lines).toEqual(whole);
      }),
    );
  });
});
