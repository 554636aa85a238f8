import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressPayloadSync } from '../../shared/record/encode.ts';
import { unpack } from '../../shared/record/unpack.ts';
import { zstd } from '../../shared/record/zlib-zstd.ts';
import { frameBytes } from '../../shared/record/zstd-frame.ts';

const HEADER = [0x28, 0xb5, 0x2f, 0xfd];
/** A window of 1 KiB, no size of the content, no checksum; then a raw block of `ab`, and the last one, ten times `c`. */
const BY_HAND = Buffer.from([...HEADER, 0, 0, 2 << 3, 0, 0, 0x61, 0x62, (10 << 3) | 3, 0, 0, 0x63]);
const SKIPPABLE = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);

describe('the length of a frame', () => {
  it.each([
    ['made by hand', BY_HAND],
    ['to be passed over', SKIPPABLE],
  ])('%s is known whatever follows, and of no part of it', (_, frame) => {
    expect(frameBytes(frame)).toBe(frame.length);
    expect(frameBytes(Buffer.concat([frame, frame]))).toBe(frame.length);
    for (let cut = 0; cut < frame.length; cut += 1)
      expect(frameBytes(frame.subarray(0, cut))).toBeUndefined();
  });

  it('is not known of anything else', () => {
    expect(frameBytes(Buffer.alloc(20))).toBeUndefined();
    expect(frameBytes(Buffer.from('{"log_drain":1,"agent_id":"a"}'))).toBeUndefined();
  });

  it.runIf(zstd !== undefined).each([0, 1, 300, 70_000, 400_000])(
    'is that of %i bytes compressed',
    (bytes) => {
      for (const payload of [randomBytes(bytes), Buffer.alloc(bytes, 'a')]) {
        const frame = compressPayloadSync(payload);

        expect(frameBytes(Buffer.concat([frame, Buffer.from('more')]))).toBe(frame.length);
      }
    },
  );
});

describe.runIf(zstd !== undefined)('frames one after the other', () => {
  it('are joined, and are told from one alone', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (texts) => {
        const data = Buffer.concat(texts.map((text) => compressPayloadSync(Buffer.from(text))));

        expect(unpack(data, { bytes: 1_000_000, calls: 10 })).toMatchObject({
          payload: Buffer.from(texts.join('')),
          single: texts.length === 1,
        });
      }),
    );
  });

  it('may be made by hand, with some to be passed over', () => {
    expect(unpack(Buffer.concat([BY_HAND, SKIPPABLE, BY_HAND]), { bytes: 1_000, calls: 10 })).toMatchObject({
      payload: Buffer.from('abccccccccccabcccccccccc'),
      single: false,
    });
  });
});
