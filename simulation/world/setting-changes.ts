import type { DestinationId } from '../../lambdas/registry.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { isOfSettings } from '../history/trouble.ts';
import type { SecretStore } from './secrets.ts';
import type { Services } from './service.ts';
import type { World } from './world.ts';

/** A new secret is as good as the old one, but a service may take one of them only. */
const KEYS = ['0', '1'].map((digit) => digit.repeat(32));

function secretText(id: DestinationId, version: number): string {
  const key = KEYS[version % KEYS.length] ?? '';
  const settings = RECEIVERS[id].settingsAt({ scheme: 'https', authority: 'service.example:6514', key });
  return JSON.stringify({ ...settings, SIMULATED_TOKEN: `token ${version}` });
}

/** Gives every agent its settings, and changes them when a trouble of the history says so. */
export function followSettings(
  world: World,
  id: DestinationId,
  {
    agents,
    secrets,
    services,
  }: { readonly agents: readonly string[]; readonly secrets: SecretStore; readonly services: Services },
): void {
  const { timeline, conditions } = world;
  const versions = new Map<string, number>();

  function setGood(agent: string): void {
    const version = versions.get(agent) ?? 0;
    services.setToken(agent, `token ${version}`);
    secrets.set(agent, { text: secretText(id, version), isDeleted: false });
  }

  for (const agent of agents) setGood(agent);
  for (const trouble of conditions.all) {
    const { kind, agent = '', fromMs, toMs } = trouble;
    const at = (ms: number, change: () => void): void => void timeline.after(ms - timeline.now(), change);
    if (kind === 'token-rotated') {
      at(fromMs, () => {
        versions.set(agent, (versions.get(agent) ?? 0) + 1);
        services.setToken(agent, `token ${versions.get(agent)}`);
      });
    }
    if (kind === 'secret-absent') at(fromMs, () => secrets.set(agent, { text: undefined, isDeleted: false }));
    if (kind === 'secret-deleted') at(fromMs, () => secrets.set(agent, { text: undefined, isDeleted: true }));
    if (kind === 'secret-garbled') at(fromMs, () => secrets.set(agent, { text: '{"no', isDeleted: false }));
    if (isOfSettings(trouble) && toMs !== Infinity) at(toMs, () => setGood(agent));
  }
}
