import { createLru } from '../../shared/base/lru.ts';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { Destination, DestinationClient } from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import type { RawSettings, Secrets } from '../../shared/settings/secrets.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createRefusals, type Refusals } from './refusals.ts';

/** A client with what else the agent's settings say. */
export interface OpenClient {
  readonly kind: 'on';
  readonly client: DestinationClient;
  readonly minLevel: CommonSettings['minLevel'];
  /** Values of the settings and parts of them, which must not be shown. */
  readonly confidential: readonly string[];
  readonly refusals: Refusals;
}

/** An agent's client, or why it has none. */
export type ClientAnswer =
  | OpenClient
  /** No settings, or switched off. */
  | { readonly kind: 'off' }
  /** The secret of this name is marked for deletion. */
  | { readonly kind: 'deleted'; readonly name: string }
  | { readonly kind: 'bad'; readonly problems: readonly string[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Clients {
  readonly of: (agentId: string) => Promise<ClientAnswer>;
  /** After the service refused the settings: reads the secret again; undefined if that was done less than a minute ago. */
  readonly afresh: (agentId: string) => Promise<ClientAnswer | undefined>;
  /** Closes clients that are no longer kept: between invocations, since each of their agents may send until the end. */
  readonly sweep: () => void;
}

export interface ClientsOptions<S extends CommonSettings> {
  readonly destination: Destination<S>;
  readonly secrets: Secrets;
  readonly network: Network;
  readonly telemetry: Telemetry;
  readonly now: () => number;
}

/** As many as a batch has records: with fewer, a batch of 1,000 accounts would open all of theirs anew. */
const MAX_CLIENTS = 1_000;
const MAX_IDLE_MS = 60 * 60_000;
/** Unknown settings that are named in one log line. */
const MAX_NAMES = 20;

/** Opens clients and keeps them: one per distinct secret text, shared by the agents that use it. */
export function createClients<S extends CommonSettings>(options: ClientsOptions<S>): Clients {
  const { destination, secrets, network, telemetry, now } = options;
  /** No longer kept, but perhaps still in use. */
  const dropped: DestinationClient[] = [];
  const open = createLru<OpenClient>({
    maxEntries: MAX_CLIENTS,
    maxAgeMs: MAX_IDLE_MS,
    now,
    onDrop: ({ client }) => dropped.push(client),
  });

  function clientOf(text: string): ClientAnswer {
    const kept = open.get(text);
    if (kept !== undefined) return kept;
    const secret = parseSecretText(text);
    if (secret.kind === 'bad') return { kind: 'bad', problems: [secret.problem] };
    const parsed = destination.parse(secret.values);
    if (parsed.kind === 'off') return { kind: 'off' };
    if (parsed.kind === 'bad') return parsed;
    if (parsed.unknown.length > 0) {
      telemetry.log('warn', 'settings_unknown', { names: parsed.unknown.slice(0, MAX_NAMES) });
    }
    const answer: OpenClient = {
      kind: 'on',
      client: destination.open(parsed.settings, network),
      minLevel: parsed.settings.minLevel,
      // Of the settings that there are: thousands of others would cost a second of each answer's masking.
      confidential: [
        ...destination.manifest.settings.flatMap(({ name }) => secret.values[name] ?? []),
        ...(parsed.settings.secretParts ?? []),
      ],
      refusals: createRefusals(),
    };
    open.set(text, answer);
    return answer;
  }

  function answerOf(raw: RawSettings): ClientAnswer {
    if (raw.kind === 'absent') return { kind: 'off' };
    return raw.kind === 'found' ? clientOf(raw.text) : raw;
  }

  return {
    of: async (agentId) => answerOf(await secrets.read(agentId)),
    afresh: async (agentId) => {
      const raw = await secrets.readAfresh(agentId);
      return raw === undefined ? undefined : answerOf(raw);
    },
    sweep: () => {
      for (const client of dropped.splice(0)) void client.close?.().catch(() => undefined);
    },
  };
}
