import { strict as assert } from 'node:assert';
import type { Stage } from '../stage/stage.ts';

/** Why the objects under a prefix of the parking bucket are there: a code for each. */
export function reasonsParked({ twin }: Stage, prefix = 'parked/'): readonly string[] {
  return twin.parked(prefix).map((body) => (JSON.parse(body) as { readonly reason: string }).reason);
}

/** Lines in the objects under a prefix of the parking bucket. */
export function linesAside({ twin }: Stage, prefix: string): number {
  return twin
    .parked(prefix)
    .reduce((sum, body) => sum + (JSON.parse(body) as { readonly lines: number }).lines, 0);
}

/** Asserts that lines of every destination are parked. */
export function assertAllParked(stage: Stage): void {
  for (const { id } of stage.twin.drains) {
    assert.ok(reasonsParked(stage, `parked/${id}/`).length > 0, `${id}: lines were parked`);
  }
}
