import { isAgentId } from '../../shared/record/ids.ts';
import { UsageProblem } from './errors.ts';

/** Of what is no id, enough to know it by. */
const MAX_SHOWN = 64;

/** `--agent` as given, checked. */
export function agentOption(agent: string | undefined): string | undefined {
  if (agent === undefined || isAgentId(agent)) return agent;
  throw new UsageProblem(
    `--agent must be an agent id: letters, digits, "_", "." and "-", up to 128, not "default" (got ${JSON.stringify(String(agent).slice(0, MAX_SHOWN))})`,
  );
}
