import { agentOption } from '../base/agent-option.ts';
import { destinationId } from '../base/destinations.ts';
import { CommandProblem } from '../base/errors.ts';
import type { Output } from '../base/output.ts';
import { createSecretsStore, secretName, secretPrefixOf } from './store.ts';

export interface SecretsRemoveOptions {
  readonly agent?: string;
  readonly prefix?: string;
  readonly json?: boolean;
}

/** `log-drain secrets remove`: at once and for good. Resolves to the exit code. */
export async function removeSecrets(
  destinationName: string,
  options: SecretsRemoveOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const id = destinationId(destinationName);
  const agent = agentOption(options.agent);
  const prefix = secretPrefixOf(options.prefix);
  const name = secretName(prefix, agent, id);
  if (!(await createSecretsStore(prefix).remove(name))) {
    throw new CommandProblem(`there is no secret ${name}. See log-drain secrets list`);
  }
  stdout.write(options.json === true ? `${JSON.stringify({ name, removed: true })}\n` : `Removed ${name}.\n`);
  if (agent !== undefined)
    stderr.write(`${agent} uses ${secretName(prefix, undefined, id)} now, if there is one.\n`);
  return 0;
}
