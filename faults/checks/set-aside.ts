import { PARKING_BUCKET } from '../../local/function-environment.ts';
import { readAgentKey } from '../../shared/parking/object-key.ts';
import type { Stage } from '../stage/stage.ts';

/** Agents of which lines are in the bucket that arrived since then: a busy machine may park some as it warms up. */
export function agentsSetAside({ twin }: Stage, sinceMs: number): string[] {
  const agents = new Set<string>();
  for (const { key } of twin.s3.objects.list(PARKING_BUCKET)) {
    const found = readAgentKey(key);
    if (found !== undefined && found.arrivalMs >= sinceMs) agents.add(found.agentId);
  }
  return [...agents];
}
