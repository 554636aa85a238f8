import { DELIVERED, type Outcome, outcome } from '../../shared/destination/outcome.ts';
import { outcomeOfResult } from '../../shared/http/outcome-of-result.ts';
import type { AgentTrouble, Trouble } from '../history/trouble.ts';
import type { Found } from '../ledger/lines.ts';
import type { OrderWatch } from '../ledger/order.ts';
import { createTakeLines, type Taking } from './deliveries.ts';
import type { World } from './world.ts';

/** A request as it arrives. */
export interface Arrived extends Taking {
  /** Of the settings that it was sent with. */
  readonly token: string;
  readonly lines: readonly Found[];
  readonly bytes: number;
  /** Events in it: lines, parts of lines, and events of the shipper's own. */
  readonly events: number;
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

/** The services of all agents: each does what its agent's troubles say. */
export interface Services {
  readonly receive: (request: Arrived) => Reaction;
  /** From now on, the agent's service takes this token alone. */
  readonly setToken: (agent: string, token: string) => void;
}

/** What one kind of trouble makes of a request; undefined: nothing. */
type Conduct = (request: Arrived, trouble: Trouble) => Reaction | undefined;

const NOTHING = (): void => undefined;
const SILENCE: Reaction = { outcome: undefined, inMs: 0, confirm: NOTHING };
const FOREIGN_PAGE = '<html><body>Sign in</body></html>';
const NO_CONNECTION: Outcome = outcome({ fate: 'retry', reason: 'connection-refused' });

/** The largest request that a service with a small limit takes. */
function limitOf({ degree }: Trouble): number {
  return 2_000 * (1 + 3 * degree);
}

function answer(status: number, headers: Record<string, string> = {}, text = ''): Outcome {
  return outcomeOfResult({ kind: 'answer', status, headers, text }, { nowMs: 0 });
}

export function createServices(world: World, order: OrderWatch): Services {
  const { conditions } = world;
  const random = world.random.fork('services');
  const tokens = new Map<string, string>();
  const takeLines = createTakeLines(world, order);
  const usualMs = (): number => random.between(20, 120);

  function refuse(words: Outcome, inMs = usualMs()): Reaction {
    return { outcome: words, inMs, confirm: NOTHING };
  }

  function take(request: Arrived, inMs = usualMs()): Reaction {
    return { outcome: DELIVERED, inMs, confirm: takeLines(request, request.lines) };
  }

  function mind(request: Arrived, names: boolean): Reaction | undefined {
    const isBad = ({ id }: Found): boolean => world.ledger.line(id).nature === 'bad';
    if (!request.lines.some(isBad)) return undefined;
    // Where each event is a line, the place of a line is that of its event.
    if (!names || request.lines.length !== request.events) return refuse(answer(400));
    const rejected = request.lines.flatMap((line, at) =>
      isBad(line) ? [{ from: at, to: at + 1, reason: 'invalid-event' }] : [],
    );
    const confirm = takeLines(
      request,
      request.lines.filter((line) => !isBad(line)),
    );
    return { outcome: { ...DELIVERED, rejected }, inMs: usualMs(), confirm };
  }

  /** The first that has something to say decides. */
  const conducts: readonly (readonly [AgentTrouble, Conduct])[] = [
    ['unreachable', () => refuse(NO_CONNECTION, 5)],
    ['hanging', () => SILENCE],
    ['refused', () => refuse(answer(401))],
    ['throttled', (_, { degree }) => refuse(answer(429, { 'retry-after': String(Math.ceil(degree * 90)) }))],
    ['failing', () => refuse(answer(503))],
    [
      'small-requests',
      ({ events, bytes }, trouble) =>
        events > 1 && bytes > limitOf(trouble) ? refuse(answer(413)) : undefined,
    ],
    ['foreign-page', () => refuse(answer(200, { 'content-type': 'text/html' }, FOREIGN_PAGE))],
    ['half-open', (request) => ({ ...take(request), outcome: undefined })],
    ['slow', (request, { degree }) => take(request, 2_000 + degree * 6_000)],
    ['bad-lines', (request) => mind(request, false)],
    ['named-bad-lines', (request) => mind(request, true)],
  ];

  function receive(request: Arrived): Reaction {
    const { agent, token } = request;
    order.arrived(request.lines);
    conditions.meet(agent, request.container);
    const down = conditions.shared('service-down');
    if (down !== undefined) return down.degree < 0.5 ? refuse(answer(503)) : SILENCE;
    if (token !== (tokens.get(agent) ?? '')) return refuse(answer(401));
    for (const [kind, conduct] of conducts) {
      const trouble = conditions.of(agent, kind);
      const reaction = trouble && conduct(request, trouble);
      if (reaction !== undefined) return reaction;
    }
    return take(request);
  }

  return { receive, setToken: (agent, token) => void tokens.set(agent, token) };
}
