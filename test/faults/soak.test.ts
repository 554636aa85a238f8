import { describe, expect, it } from 'vitest';
import { createMemorySlopes } from '../../faults/soak/memory-slopes.ts';
import { createRandom } from '../../faults/soak/random.ts';

describe('a soak', () => {
  it('meets the same troubles with the same seed', () => {
    const draws = (seed: number): number[] => {
      const { between, pick } = createRandom(seed);
      return Array.from({ length: 50 }, () => between(0, 10) + pick([0, 100, 200]));
    };

    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('tells the slope of the process that lived longest, without its beginning', () => {
    let atMs = 0;
    const bytes = (pid: number): number => (atMs < 20_000 ? 500 : 1_000 + pid * atMs);
    const memory = createMemorySlopes(() => atMs, bytes);
    for (; atMs < 80_000; atMs += 1_000) memory.sample({ one: atMs < 10_000 ? 9 : 2, gone: undefined });

    const [slope, ...others] = memory.slopes();

    expect(others).toEqual([]);
    expect(slope?.bytesPerHour).toBeCloseTo(2 * 3_600_000);
    expect(slope?.toBytes).toBeCloseTo(1_000 + 2 * 79_000);
  });
});
