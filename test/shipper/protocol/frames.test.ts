import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createFrameReader,
  type Frame,
  type FrameReader,
  frameHeader,
} from '../../../shipper/protocol/frames.ts';

/** As a pipe that has these bytes is read. */
function read(reader: FrameReader, bytes: Buffer): void {
  for (let from = 0; from < bytes.length; ) {
    const space = reader.space();
    if (space.length === 0) throw new Error('no space to read into');
    const count = bytes.copy(space, 0, from);
    reader.filled(count);
    from += count;
  }
}

describe('frames between the shipper and its sender', () => {
  it('come out as they went in, however the pipe cuts them', () => {
    const frame = fc.record({ id: fc.nat(), lines: fc.nat(), data: fc.uint8Array({ maxLength: 50 }) });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 10 }),
        fc.integer({ min: 1, max: 40 }),
        (given, chunkBytes) => {
          const sent = given.map((one) => ({ ...one, data: Buffer.from(one.data) }));
          const bytes = Buffer.concat(sent.flatMap((one) => [frameHeader(one), one.data]));
          const received: Frame[] = [];
          const reader = createFrameReader((one) => received.push(one));

          for (let from = 0; from < bytes.length; from += chunkBytes)
            read(reader, bytes.subarray(from, from + chunkBytes));

          expect(received).toEqual(sent);
        },
      ),
    );
  });

  it('are refused when the two sides are out of step', () => {
    const reader = createFrameReader(() => {});

    expect(() => read(reader, Buffer.alloc(12, 0xff))).toThrow('out of step');
  });
});
