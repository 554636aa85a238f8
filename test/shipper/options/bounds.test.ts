import { describe, expect, it } from 'vitest';
import { boundsWithin, memoryLimitBytes } from '../../../shipper/options/bounds.ts';

const MIB = 1024 * 1024;

describe('bounds of memory', () => {
  it.each([
    [Number.POSITIVE_INFINITY, { rawBytes: 32, bufferBytes: 64, copyBytes: 16 }],
    [512, { rawBytes: 32, bufferBytes: 64, copyBytes: 16 }],
    [320, { rawBytes: 16, bufferBytes: 32, copyBytes: 8 }],
    [128, { rawBytes: 2, bufferBytes: 2, copyBytes: 0.25 }],
    [64, { rawBytes: 2, bufferBytes: 2, copyBytes: 0.25 }],
  ])('in %s MiB', (limitMib, expected) => {
    const bounds = boundsWithin(limitMib * MIB);

    const inMib = Object.fromEntries(Object.entries(bounds).map(([name, bytes]) => [name, bytes / MIB]));
    expect(inMib).toEqual(expected);
  });

  it('are in full where there is no limit', () => {
    expect(memoryLimitBytes()).toBeGreaterThan(0);
  });
});
