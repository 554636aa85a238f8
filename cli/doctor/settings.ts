import { loadDestination } from '../../lambdas/load-destination.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import { createSecretsStore, type ListedSecret, type SecretsStore } from '../secrets/store.ts';
import { type Finding, looked } from './finding.ts';

/** Each destination's secrets, read as its function reads them. Values are not told. */
export async function lookAtSettings(
  ids: readonly DestinationId[],
  prefix: string,
): Promise<readonly Finding[]> {
  const store = createSecretsStore(prefix);
  const secrets = await store.list();
  const found = await Promise.all(ids.map((id) => lookAtOne(id, { prefix, store, secrets })));
  const idle = secrets.filter(({ destination }) => !ids.includes(destination));
  const notes = idle.map(
    ({ name, destination }): Finding => ({
      about: `${destination} settings`,
      state: 'note',
      says: `${name} is not used: ${destination} is not deployed`,
      next: `Deploy it with cdk deploy -c destinations=${[...ids, destination].join(',')}`,
    }),
  );
  return [...found.flat(), ...notes];
}

interface Looking {
  readonly prefix: string;
  readonly store: SecretsStore;
  readonly secrets: readonly ListedSecret[];
}

async function lookAtOne(
  id: DestinationId,
  { prefix, store, secrets }: Looking,
): Promise<readonly Finding[]> {
  const about = `${id} settings`;
  const own = secrets.filter(({ destination }) => destination === id);
  if (own.length === 0) {
    const says = `there are none under ${prefix}/: lines are skipped`;
    return [{ about, state: 'bad', says, next: `Set them with log-drain secrets set ${id}.` }];
  }
  const looks = own.map((secret) => looked(about, async () => [await lookAtSecret(secret, store)]));
  return (await Promise.all(looks)).flat();
}

async function lookAtSecret(
  { name, owner, destination: id }: ListedSecret,
  store: SecretsStore,
): Promise<Finding> {
  const about = `${id} settings`;
  const again = `log-drain secrets set ${id}${owner === 'default' ? '' : ` --agent ${owner}`}`;
  const text = await store.read(name);
  if (text === undefined) {
    const says = `${name} is marked for deletion: the lines of its agents are parked`;
    return { about, state: 'bad', says, next: `Bring it back with ${again}.` };
  }
  const secret = parseSecretText(text);
  if (secret.kind === 'bad') {
    return {
      about,
      state: 'bad',
      says: `${name}: ${secret.problem}`,
      next: `Replace it with ${again} --overwrite.`,
    };
  }
  const parsed = (await loadDestination(id)).parse(secret.values);
  if (parsed.kind === 'off') return { about, state: 'note', says: `${name} is switched off: ${parsed.why}` };
  if (parsed.kind === 'bad') {
    const says = `${name}: ${parsed.problems.join('; ')}`;
    return { about, state: 'bad', says, next: `Correct it with ${again}, then log-drain redrive.` };
  }
  if (parsed.unknown.length > 0) {
    const says = `${name} is good, but ${parsed.unknown.join(', ')} in it means nothing`;
    return { about, state: 'note', says };
  }
  const { warnings = [] } = parsed.settings;
  if (warnings.length > 0)
    return { about, state: 'note', says: `${name} is good, but ${warnings.join('; ')}` };
  return { about, state: 'good', says: `${name} is good` };
}
