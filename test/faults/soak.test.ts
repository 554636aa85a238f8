import { describe, expect, it } from 'vitest';
import { createMemorySlopes } from '../../faults/soak/memory-slopes.ts';
import { createRandom } from '../../faults/soak/random.ts';
import { soak } from '../../faults/soak/soak.ts';
import { textOf } from '../../faults/stage/evidence.ts';

const SECONDS = 6;
const PATIENCE_MS = 180_000;

describe('a soak', () => {
  it(
    'of some seconds accounts for every line',
    async () => {
      const met: string[] = [];

      const { outcome, troubles } = await soak({
        seconds: SECONDS,
        seed: 4,
        onTrouble: (name) => met.push(name),
      });

      expect(met.length).toBeGreaterThan(0);
      expect(Object.keys(troubles).sort()).toEqual([...new Set(met)].sort());
      expect(outcome.written, textOf(outcome)).toBeGreaterThan(0);
      expect(outcome.unaccounted, textOf(outcome)).toBe(0);
    },
    PATIENCE_MS,
  );

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
