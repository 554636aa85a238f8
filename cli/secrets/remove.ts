import { destinationId } from '../base/destinations.ts';
import { CommandProblem } from '../base/errors.ts';
import type { Output } from '../base/output.ts';
import type { RemoveOptions } from './options.ts';
import { createSecretsStore, secretName } from './store.ts';

/** `log-drain secrets remove`: at once and for good. Resolves to the exit code. */
export async function removeSecrets(
  destinationName: string,
  { agent, prefix, json }: RemoveOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const id = destinationId(destinationName);
  const name = secretName(prefix, agent, id);
  if (!(await createSecretsStore(prefix).remove(name))) {
    throw new CommandProblem(`there is no secret ${name}. See log-drain secrets list`);
  }
  stdout.write(json ? `${JSON.stringify({ name, removed: true })}\n` : `Removed ${name}.\n`);
  if (agent !== undefined)
    stderr.write(`${agent} uses ${secretName(prefix, undefined, id)} now, if there is one.\n`);
  return 0;
}
