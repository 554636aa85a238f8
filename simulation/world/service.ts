import { DELIVERED, type Outcome, outcome, type Rest } from '../../shared/destination/outcome.ts';
import { outcomeOfResult } from '../../shared/http/outcome-of-result.ts';
import { type LineFate, nameOf } from '../checks/ledger.ts';
import type { OrderWatch } from '../checks/order.ts';
import type { Found } from './lines.ts';
import type { World } from './world.ts';

/** A request as it arrives. */
export interface Arrived {
  readonly agent: string;
  /** Of the settings that it was sent with. */
  readonly token: string;
  readonly lines: readonly Found[];
  readonly bytes: number;
  /** Events in it: lines, parts of lines, and events of the shipper's own. */
  readonly events: number;
  /** Who sent it. */
  readonly container: number;
  readonly invocation: number;
}

/** What a service does with a request. */
export interface Reaction {
  /** Undefined: it never answers. */
  readonly outcome: Outcome | undefined;
  /** How long it takes, ms. */
  readonly inMs: number;
  /** The answer has arrived, and is believed. */
  readonly confirm: () => void;
}

const NOTHING_TO_CONFIRM = (): void => undefined;
/** The largest request that the service with a small limit takes, at the least. */
const SMALLEST_LIMIT_BYTES = 2_000;

function answered(status: number, headers: Record<string, string> = {}, text = ''): Outcome {
  return outcomeOfResult({ kind: 'answer', status, headers, text }, { nowMs: 0 });
}

function fault(reason: string): Outcome {
  return outcome({ fate: 'retry', reason });
}

/** The services of all agents: each does what its agent's troubles say. */
export interface Services {
  readonly receive: (request: Arrived) => Reaction;
  /** The token that the agent's service takes now. */
  readonly tokenOf: (agent: string) => string;
  readonly setToken: (agent: string, token: string) => void;
}

export function createServices(world: World, order: OrderWatch): Services {
  const { conditions, ledger, timeline } = world;
  const random = world.random.fork('services');
  const tokens = new Map<string, string>();
  const usualMs = (): number => random.between(20, 120);

  function take(request: Arrived, lines: readonly Found[]): () => void {
    const nowMs = timeline.now();
    const deliveries = lines.flatMap(({ id, part }) => {
      const line = ledger.line(id);
      if (line.agent !== request.agent)
        ledger.violate('other-agents-bytes', `${nameOf(line)} was sent to the service of ${request.agent}`);
      if (part === 'start') line.startTaken = true;
      // A long line is there when its end is, and its beginning was.
      if (part === 'start' || (part === 'end' && !line.startTaken)) return [];
      return [
        noteDelivery(line, { atMs: nowMs, container: request.container, invocation: request.invocation }),
      ];
    });
    return () => {
      for (const delivery of deliveries) delivery.confirmed = true;
    };
  }

  function noteDelivery(line: LineFate, of: { atMs: number; container: number; invocation: number }) {
    judgeRepeat(line, of.container, world);
    if (line.deliveries.length === 0) order.taken(line, of.invocation);
    const delivery = { ...of, confirmed: false };
    line.deliveries = [...line.deliveries, delivery];
    return delivery;
  }

  function takeAll(request: Arrived, answer: Outcome | undefined, inMs: number): Reaction {
    return { outcome: answer, inMs, confirm: take(request, request.lines) };
  }

  const refuse = (answer: Outcome, inMs = usualMs()): Reaction => ({
    outcome: answer,
    inMs,
    confirm: NOTHING_TO_CONFIRM,
  });
  const silence: Reaction = { outcome: undefined, inMs: 0, confirm: NOTHING_TO_CONFIRM };

  function minding(request: Arrived, names: boolean): Reaction {
    const bad = request.lines.flatMap(({ id }, at) => (ledger.line(id).nature === 'bad' ? [at] : []));
    if (bad.length === 0) return takeAll(request, DELIVERED, usualMs());
    // Where each event is a line, the place of a line is that of its event.
    if (!names || request.lines.length !== request.events) return refuse(answered(400));
    const rejected = bad.map((at) => ({ from: at, to: at + 1, reason: 'invalid-event' }));
    const taken = request.lines.filter((_, at) => !bad.includes(at));
    return {
      outcome: { accepted: [], rejected, rest: { fate: 'delivered' } },
      inMs: usualMs(),
      confirm: take(request, taken),
    };
  }

  function down(degree: number): Reaction {
    return degree < 0.5 ? refuse(answered(503)) : silence;
  }

  function receive(request: Arrived): Reaction {
    const { agent } = request;
    order.arrived(request.lines);
    conditions.meet(agent, request.container);
    const its = (kind: Parameters<typeof conditions.of>[1]) => conditions.of(agent, kind);
    const all = conditions.shared('service-down');
    if (all !== undefined) return down(all.degree);
    if (its('unreachable')) return refuse(fault('connection-refused'), 5);
    if (its('hanging')) return silence;
    if (its('refused') || request.token !== tokenOf(agent)) return refuse(answered(401));
    const throttled = its('throttled');
    if (throttled) return refuse(answered(429, { 'retry-after': String(Math.ceil(throttled.degree * 90)) }));
    if (its('failing')) return refuse(answered(503));
    const small = its('small-requests');
    if (small && request.lines.length > 1 && request.bytes > limitOf(small.degree))
      return refuse(answered(413));
    if (its('foreign-page'))
      return refuse(answered(200, { 'content-type': 'text/html' }, '<html><body>Sign in</body></html>'));
    if (its('half-open')) return takeAll(request, undefined, 0);
    const slow = its('slow');
    if (slow) return takeAll(request, DELIVERED, 2_000 + slow.degree * 6_000);
    if (its('bad-lines')) return minding(request, false);
    if (its('named-bad-lines')) return minding(request, true);
    return takeAll(request, DELIVERED, usualMs());
  }

  function tokenOf(agent: string): string {
    return tokens.get(agent) ?? '';
  }

  return { receive, tokenOf, setToken: (agent, token) => void tokens.set(agent, token) };
}

function limitOf(degree: number): number {
  return SMALLEST_LIMIT_BYTES * (1 + 3 * degree);
}

const HOUR_MS = 60 * 60_000;

/** A line that a service takes twice needs a reason: the guarantees name them all. */
function judgeRepeat(line: LineFate, container: number, { ledger, timeline }: World): void {
  if (line.deliveries.length === 0) return;
  const own = line.deliveries.filter((delivery) => delivery.container === container);
  if (own.length < line.deliveries.length) return ledger.note('repeated by another container');
  if (own.some(({ confirmed }) => !confirmed)) return ledger.note('repeated since an answer was lost');
  if (line.copies > 1) return ledger.note('repeated since the stream has it twice');
  if (own.every(({ atMs }) => timeline.now() - atMs > HOUR_MS)) return ledger.note('repeated after an hour');
  ledger.violate('delivered-twice', `${nameOf(line)} was delivered twice by container ${container}`);
}

/** What an attempt comes to that is given up before its answer is there. */
export const GIVEN_UP: Rest = { fate: 'retry', reason: 'timeout' };
