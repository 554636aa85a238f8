import { PARKING_BUCKET } from '../../local/function-environment.ts';
import type { Stage } from '../stage/stage.ts';

/** `<kind>/<destination>/<agent>/<yyyy>/<mm>/<dd>/<arrival ms>-…` */
const KEY = /^[a-z]+\/[a-z]+\/([^/]+)\/\d{4}\/\d\d\/\d\d\/(\d+)-/;

/** Agents of which lines are in the bucket that arrived since then: a busy machine may park some as it warms up. */
export function agentsSetAside({ twin }: Stage, sinceMs: number): string[] {
  const agents = new Set<string>();
  for (const { key } of twin.s3.objects.list(PARKING_BUCKET)) {
    const [, agent, arrivalMs] = KEY.exec(key) ?? [];
    if (agent !== undefined && Number(arrivalMs) >= sinceMs) agents.add(agent);
  }
  return [...agents];
}
