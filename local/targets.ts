import { type DestinationId, MANIFESTS } from '../lambdas/registry.ts';
import type { Manifest } from '../shared/destination/contract.ts';

/** Where one destination's lines go. */
export type DestinationTarget =
  /** The real service that `--env` names. */
  | { readonly id: DestinationId; readonly kind: 'real'; readonly settings: Readonly<Record<string, string>> }
  /** Our own strict receiver. */
  | { readonly id: DestinationId; readonly kind: 'receiver' };

/** The settings of `env` that belong to the destination. */
function settingsOf(manifest: Manifest, env: Readonly<Record<string, string>>): Record<string, string> {
  const names = new Set(manifest.settings.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => names.has(name) && value.trim() !== ''),
  );
}

function isSet({ settings }: Manifest, values: Readonly<Record<string, string>>): boolean {
  return settings.filter(({ required }) => required).every(({ name }) => values[name] !== undefined);
}

/** A destination is real if all its required settings are there, as for an agent in production. */
export function planTargets(env: Readonly<Record<string, string>>): readonly DestinationTarget[] {
  return MANIFESTS.map((manifest): DestinationTarget => {
    const settings = settingsOf(manifest, env);
    const { id } = manifest;
    return isSet(manifest, settings) ? { id, kind: 'real', settings } : { id, kind: 'receiver' };
  });
}
