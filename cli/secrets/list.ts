import { type Output, table } from '../base/output.ts';
import type { ListOptions } from './options.ts';
import { createSecretsStore } from './store.ts';

/** `log-drain secrets list`: names and times, never values. Resolves to the exit code. */
export async function listSecrets(
  { prefix, json }: ListOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const found = await createSecretsStore(prefix).list();
  if (json) {
    stdout.write(`${JSON.stringify({ secrets: found })}\n`);
    return 0;
  }
  if (found.length === 0) {
    stderr.write(
      `log-drain secrets: there are none under ${prefix}/. Make one with log-drain secrets set.\n`,
    );
    return 0;
  }
  const rows = found.map(({ owner, destination, changed, name }) => [
    owner === 'default' ? '(every agent)' : owner,
    destination,
    changed?.toISOString() ?? '',
    name,
  ]);
  stdout.write(table([['AGENT', 'DESTINATION', 'CHANGED', 'NAME'], ...rows]));
  return 0;
}
