import { describe, expect, it } from 'vitest';
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
});
