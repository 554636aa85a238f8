import { strict as assert } from 'node:assert';
import type { AgentOptions } from './agent.ts';
import type { Stage } from './stage.ts';

/** An agent writes so many lines and ends; resolves when the mappings have settled them. */
export async function writes(
  stage: Stage,
  count: number,
  { bytes = 120, ...options }: Omit<AgentOptions, 'does'> & { readonly bytes?: number } = {},
): Promise<void> {
  const agent = stage.agent({ does: [{ kind: 'lines', count, bytes, perWrite: 64 }], ...options });
  assert.equal(await agent.ended, 0);
  await stage.settled();
}
