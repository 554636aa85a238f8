import { isAgentId } from '../shared/record/ids.ts';
import { UsageProblem } from './problem.ts';

/** `--agent` as given, checked. */
export function agentOption(agent: string | undefined): string | undefined {
  if (agent === undefined || isAgentId(agent)) return agent;
  throw new UsageProblem(
    `--agent must be an agent id: letters, digits, "_", "." and "-", up to 128, not "default" (got ${JSON.stringify(agent)})`,
  );
}
