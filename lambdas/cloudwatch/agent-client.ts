import { createLru } from '../../shared/base/lru.ts';
import type { Network } from '../../shared/destination/network.ts';
import { createLogsClient, type LogsClient } from './client.ts';
import type { CloudWatchSettings } from './settings.ts';
import { createStreams, type EnsureStream } from './streams.ts';

const MAX_AGENTS = 500;
const MAX_IDLE_MS = 60 * 60_000;

/** What one agent's lines go through. */
export interface AgentClient {
  readonly client: LogsClient;
  readonly ensureStream: EnsureStream;
}

export interface AgentClients {
  readonly of: (agentId: string) => AgentClient;
  readonly close: () => void;
}

/** One client for all agents with the same keys; where a role is assumed, one for each, who are told apart by it. */
export function createAgentClients(settings: CloudWatchSettings, network: Network): AgentClients {
  const clients = createLru<AgentClient>({
    maxEntries: MAX_AGENTS,
    maxAgeMs: MAX_IDLE_MS,
    now: Date.now,
    onDrop: ({ client }) => client.close(),
  });
  return {
    of: (agentId) => {
      const name = settings.identity.kind === 'role' ? agentId : '';
      const known = clients.get(name);
      if (known !== undefined) return known;
      const client = createLogsClient(settings, network, agentId);
      const made = { client, ensureStream: createStreams(client) };
      clients.set(name, made);
      return made;
    },
    close: clients.clear,
  };
}
