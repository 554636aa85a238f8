import { destinationId } from '../base/destinations.ts';
import { CommandProblem } from '../base/errors.ts';
import type { Output } from '../base/output.ts';
import type { RemoveOptions } from './options.ts';
import { createSecretsStore, secretName } from './store.ts';

/** `log-drain secrets remove`. Resolves to the exit code. */
export async function removeSecrets(
  destinationName: string,
  { agent, prefix, json, forGood }: RemoveOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const id = destinationId(destinationName);
  const name = secretName(prefix, agent, id);
  const restore = `aws secretsmanager restore-secret --secret-id ${name}`;
  const removal = await createSecretsStore(prefix).remove(name, forGood);
  if (removal.kind === 'absent')
    throw new CommandProblem(`there is no secret ${name}. See log-drain secrets list`);
  if (removal.kind === 'marked-before')
    throw new CommandProblem(
      `${name} is removed already. Bring it back with ${restore}, or delete it now with --for-good`,
    );
  const until = removal.until?.toISOString();
  if (json) {
    stdout.write(`${JSON.stringify({ name, removed: true, restorableUntil: until })}\n`);
    return 0;
  }
  stdout.write(`Removed ${name}.\n`);
  const others = secretName(prefix, undefined, id);
  if (until !== undefined)
    stderr.write(
      `It can be brought back until ${until.slice(0, 10)}: ${restore}\nUntil then ${whose(agent, id)} are parked, not sent.\n`,
    );
  else if (agent === undefined) stderr.write(`From now on ${whose(agent, id)} are skipped.\n`);
  else stderr.write(`${agent} uses ${others} now, if there is one.\n`);
  return 0;
}

function whose(agent: string | undefined, id: string): string {
  return agent === undefined
    ? `the lines of agents without ${id} settings of their own`
    : `the lines of ${agent} for ${id}`;
}
