import { isAgentId } from '../record/ids.ts';
import { checkedDestinationId, DESTINATION_ID } from './destination-id.ts';

/** The record that an object is named by: the first one of which it holds lines. */
export interface FirstRecord {
  /** Epoch ms. */
  readonly arrivalMs: number;
  /** Decimal digits. */
  readonly sequenceNumber: string;
}

export interface AgentObject extends FirstRecord {
  readonly kind: 'parked' | 'rejected';
  readonly destination: string;
  readonly agentId: string;
  /** Number of the first line: of one record, lines may be rejected at different times. */
  readonly firstLine: number;
}

/** What a key tells of an agent's object. */
export interface AgentKey {
  readonly agentId: string;
  readonly arrivalMs: number;
}

const DAY_AND_NAME = '\\d{4}/\\d\\d/\\d\\d/(\\d{1,15})-\\d+';
const OF_AGENT = new RegExp(
  `^(?:parked|rejected)/${DESTINATION_ID}/([^/]+)/${DAY_AND_NAME}(?:-\\d+)?\\.json$`,
);
const UNREADABLE = new RegExp(`^unreadable/${DESTINATION_ID}/${DAY_AND_NAME}\\.json$`);

/** `<yyyy>/<mm>/<dd>/<arrival ms>-<sequence number>`: the same lines get the same name, so a repeat overwrites. */
function nameOf({ arrivalMs, sequenceNumber }: FirstRecord): string {
  const day = new Date(arrivalMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${arrivalMs}-${sequenceNumber}`;
}

/** `<kind>/<destination>/<agent id>/<name>.json`, with the line's number behind the name if it was rejected. */
export function agentObjectKey(object: AgentObject): string {
  const { kind, destination, agentId, firstLine } = object;
  const suffix = kind === 'rejected' ? `-${firstLine}` : '';
  return `${kind}/${checkedDestinationId(destination)}/${agentId}/${nameOf(object)}${suffix}.json`;
}

/** `unreadable/<destination>/<name>.json`: one record that no function can read. */
export function unreadableObjectKey(destination: string, record: FirstRecord): string {
  return `unreadable/${checkedDestinationId(destination)}/${nameOf(record)}.json`;
}

/** Reads what `agentObjectKey` wrote; undefined for any other key. */
export function readAgentKey(key: string): AgentKey | undefined {
  const [, agentId, ms] = OF_AGENT.exec(key) ?? [];
  return isAgentId(agentId) ? { agentId, arrivalMs: Number(ms) } : undefined;
}

/** Reads what `unreadableObjectKey` wrote: the arrival of the record, epoch ms; undefined for any other key. */
export function readUnreadableKey(key: string): number | undefined {
  const ms = UNREADABLE.exec(key)?.[1];
  return ms === undefined ? undefined : Number(ms);
}
