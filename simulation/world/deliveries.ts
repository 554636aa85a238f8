import { type LineFate, nameOf } from '../ledger/ledger.ts';
import type { Found } from '../ledger/lines.ts';
import type { OrderWatch } from '../ledger/order.ts';
import type { World } from './world.ts';

/** Whose lines a service takes, and from whom it has them. */
export interface Taking {
  readonly agent: string;
  readonly container: number;
  readonly invocation: number;
}

/** Notes that a service takes lines; the function that is returned says that its answer was read. */
export type TakeLines = (from: Taking, lines: readonly Found[]) => () => void;

export function createTakeLines(world: World, order: OrderWatch): TakeLines {
  const { ledger, timeline } = world;

  /** A long line is there when its end is, and its beginning was. */
  function isWhole(line: LineFate, part: Found['part']): boolean {
    if (part === 'start') line.startTaken = true;
    return part === 'whole' || (part === 'end' && line.startTaken);
  }

  return ({ agent, container, invocation }, lines) => {
    const deliveries = lines.flatMap(({ id, part }) => {
      const line = ledger.line(id);
      if (line.agent !== agent)
        ledger.violate('other-agents-bytes', `${nameOf(line)} was sent to the service of ${agent}`);
      if (!isWhole(line, part)) return [];
      if (line.deliveries.length === 0) order.taken(line, invocation);
      else judgeRepeat(line, container, world);
      const delivery = { atMs: timeline.now(), container, invocation, confirmed: false };
      line.deliveries = [...line.deliveries, delivery];
      return [delivery];
    });
    return () => {
      for (const delivery of deliveries) delivery.confirmed = true;
    };
  };
}

/** How long a container remembers what it has delivered. */
const MEMORY_MS = 60 * 60_000;

/** A line that a service takes twice needs a reason: the guarantees name them all. */
function judgeRepeat(line: LineFate, container: number, { ledger, timeline }: World): void {
  const own = line.deliveries.filter((delivery) => delivery.container === container);
  if (own.length < line.deliveries.length) return ledger.note('repeated by another container');
  if (own.some(({ confirmed }) => !confirmed)) return ledger.note('repeated since an answer was lost');
  if (line.copies > 1) return ledger.note('repeated since the stream has it twice');
  if (own.every(({ atMs }) => timeline.now() - atMs > MEMORY_MS))
    return ledger.note('repeated after an hour');
  ledger.violate('delivered-twice', `${nameOf(line)} was delivered twice by container ${container}`);
}
