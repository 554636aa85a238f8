import { isAgentId } from '../record/ids.ts';
import { checkedDestinationId, DESTINATION_ID } from './destination-id.ts';
import { digestOf, type LineNames } from './line-names.ts';

/** What an object is named by. */
export interface ObjectContent {
  /** When the first record arrived of which it holds lines, epoch ms. */
  readonly arrivalMs: number;
  /** All that it holds, in any order. */
  readonly holds: readonly LineNames[];
}

export interface AgentObject extends ObjectContent {
  readonly kind: 'parked' | 'rejected';
  readonly destination: string;
  readonly agentId: string;
}

/** One record that no function can read. */
export interface UnreadableRecord {
  /** Epoch ms. */
  readonly arrivalMs: number;
  /** `<shard id>:<sequence number>` */
  readonly eventId: string;
}

/** What a key tells of an agent's object. */
export interface AgentKey {
  readonly agentId: string;
  readonly arrivalMs: number;
}

/** Objects of earlier versions have a sequence number in place of the digest, and behind it perhaps that of a line. */
const DAY_AND_NAME = '\\d{4}/\\d\\d/\\d\\d/(\\d{1,15})-(?:[0-9a-f]{32}|\\d+(?:-\\d+)?)';
const OF_AGENT = new RegExp(`^(?:parked|rejected)/${DESTINATION_ID}/([^/]+)/${DAY_AND_NAME}\\.json$`);
const UNREADABLE = new RegExp(`^unreadable/${DESTINATION_ID}/${DAY_AND_NAME}\\.json$`);

/**
 * `<yyyy>/<mm>/<dd>/<arrival ms>-<digest of what it holds>`. A repeat of exactly these lines overwrites the object; other
 * lines never do, so that who has written an object may rely on it.
 */
function nameOf({ arrivalMs, holds }: ObjectContent): string {
  const day = new Date(arrivalMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${arrivalMs}-${digestOf(holds)}`;
}

/** `<kind>/<destination>/<agent id>/<name>.json` */
export function agentObjectKey(object: AgentObject): string {
  const { kind, destination, agentId } = object;
  return `${kind}/${checkedDestinationId(destination)}/${agentId}/${nameOf(object)}.json`;
}

/** `unreadable/<destination>/<name>.json`: the record counts as one line of itself. */
export function unreadableObjectKey(destination: string, { arrivalMs, eventId }: UnreadableRecord): string {
  const name = nameOf({ arrivalMs, holds: [{ boot: eventId, from: 0, to: 1 }] });
  return `unreadable/${checkedDestinationId(destination)}/${name}.json`;
}

/** Reads what `agentObjectKey` wrote, in this version or before; undefined for any other key. */
export function readAgentKey(key: string): AgentKey | undefined {
  const [, agentId, ms] = OF_AGENT.exec(key) ?? [];
  return isAgentId(agentId) ? { agentId, arrivalMs: Number(ms) } : undefined;
}

/** Reads what `unreadableObjectKey` wrote: the arrival of the record, epoch ms; undefined for any other key. */
export function readUnreadableKey(key: string): number | undefined {
  const ms = UNREADABLE.exec(key)?.[1];
  return ms === undefined ? undefined : Number(ms);
}
