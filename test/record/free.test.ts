import { describe, expect, it } from 'vitest';
import { free } from '../../shared/record/free.ts';

describe('freeing a buffer', () => {
  it.runIf('transfer' in ArrayBuffer.prototype)('takes its memory away, once', () => {
    const bytes = Buffer.alloc(Buffer.poolSize + 1, 'a');
    const part = bytes.subarray(10);

    free(part);
    free(bytes);

    expect([bytes.length, part.length]).toEqual([0, 0]);
  });

  it('leaves memory alone that buffers share', () => {
    const bytes = Buffer.from('a short text');
    const neighbour = Buffer.from('another');

    free(bytes);

    expect([String(bytes), String(neighbour)]).toEqual(['a short text', 'another']);
  });
});
