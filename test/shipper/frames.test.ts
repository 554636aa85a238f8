import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, frameHeader } from '../../shipper/sender/frames.ts';

describe('frames between the shipper and its sender', () => {
  it('come out as they went in, however the pipe cuts them', () => {
    const frames = fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 50 })), { maxLength: 10 });
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 40 }), (sent, chunkBytes) => {
        const bytes = Buffer.concat(sent.flatMap(([id, data]) => [frameHeader(id, data.length), data]));
        const received: [number, string][] = [];
        const read = createFrameReader(({ id, data }) => received.push([id, data.toString('hex')]));

        for (let from = 0; from < bytes.length; from += chunkBytes)
          read(bytes.subarray(from, from + chunkBytes));

        expect(received).toEqual(sent.map(([id, data]) => [id, Buffer.from(data).toString('hex')]));
      }),
    );
  });

  it('are refused when the two sides are out of step', () => {
    const read = createFrameReader(() => {});

    expect(() => read(Buffer.alloc(8, 0xff))).toThrow('out of step');
  });
});
