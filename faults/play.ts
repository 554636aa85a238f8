import { expect, it } from 'vitest';
import { textOf } from './stage/evidence.ts';
import type { Fault } from './stage/fault.ts';

/** Several processes each, on a machine that may be busy with other tests. */
const PATIENCE_MS = 600_000;

/** A test for each fault, at small scale. One that this machine cannot play fails in CI and is skipped elsewhere. */
export function playAll(faults: readonly Fault[]): void {
  it.for(faults.map((fault) => [fault.name, fault] as const))(
    '%s: every line is accounted for',
    { timeout: PATIENCE_MS },
    async ([, fault], { skip }) => {
      const lacking = fault.lacks?.();
      if (lacking !== undefined && process.env['CI'] !== 'true') skip(lacking);
      if (lacking !== undefined) throw new Error(lacking);
      const outcome = await fault.run('small');

      expect(outcome.written, textOf(outcome)).toBeGreaterThan(0);
      expect(outcome.unaccounted, textOf(outcome)).toBe(0);
    },
  );
}
