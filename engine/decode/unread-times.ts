import { createLru } from '../../shared/base/lru.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Segment } from './progress.ts';

/** Looks at the timestamps of other producers. */
export type UnreadTimes = (agentId: string, segments: readonly Segment[]) => void;

const TOLD_MS = 60 * 60_000;

/** Tells of an agent whose timestamps cannot be read, so that its lines have the time of their arrival: once, while that goes on. */
export function createUnreadTimes(telemetry: Pick<Telemetry, 'log'>, now: () => number): UnreadTimes {
  const told = createLru<true>({ maxEntries: 10_000, maxAgeMs: TOLD_MS, now });
  return (agentId, segments) => {
    const unread = segments.filter(({ group }) => group.unreadTimes !== undefined);
    if (unread.length === 0 || told.get(agentId) !== undefined) return;
    told.set(agentId, true);
    // A group's lines may be in several segments.
    let lines = 0;
    for (const { unreadTimes = 0 } of new Set(unread.map(({ group }) => group))) lines += unreadTimes;
    telemetry.log('warn', 'timestamps_unreadable', { agent: agentId, lines, used: 'time of arrival' });
  };
}
