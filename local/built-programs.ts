import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DestinationId } from '../lambdas/registry.ts';

/** The sample agent, beside our own program. */
export function sampleAgentOf(program: string): string {
  return join(dirname(program), 'sample-agent.mjs');
}

/** Programs beside ours that `local` starts and that are not there, as after a build that has made a part of them. */
export function missingPrograms(program: string, ids: readonly DestinationId[]): readonly string[] {
  const dist = dirname(program);
  const functions = ids.map((id) => join(dist, 'lambdas', id, 'index.mjs'));
  return [join(dist, 'sender.mjs'), sampleAgentOf(program), ...functions].filter((path) => !existsSync(path));
}
