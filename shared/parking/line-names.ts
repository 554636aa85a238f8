import { createHash } from 'node:crypto';
import { groupBy } from '../base/group-by.ts';
import { createRangeSet, type Range } from '../base/range-set.ts';
import type { LineGroup } from '../record/lines.ts';

/** Lines by their names, which are theirs for ever: numbers `[from, to)` of a boot. */
export interface LineNames extends Range {
  /** What the numbers count within, see `bootOf`. */
  readonly boot: string;
}

/** What a group's lines are numbered within: a shipper's boot, or the record of another producer. */
export function bootOf({ agentId, workerId, boot }: LineGroup, eventId: string): string {
  return (boot === undefined ? [agentId, eventId] : [agentId, workerId, boot]).join('\n');
}

/** Half of a SHA-256: nobody finds two sets of lines of one agent that share it, and a key stays short. */
const HEX_DIGITS = 32;

/** The same text for the same lines, whatever pieces they come in; another for others. 32 hexadecimal digits. */
export function digestOf(lines: Iterable<LineNames>): string {
  const hash = createHash('sha256');
  const byBoot = [...groupBy(lines, ({ boot }) => boot)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [boot, pieces] of byBoot) {
    const numbers = createRangeSet();
    for (const { from, to } of pieces) numbers.add(from, to);
    hash.update(JSON.stringify([boot, ...numbers.ranges().map(({ from, to }) => [from, to])]));
  }
  return hash.digest('hex').slice(0, HEX_DIGITS);
}
