import { type AnyDestination } from '../../lambdas/load-destination.ts';
import type { DestinationClient, EncodedRequest, SendPrepared } from '../../shared/destination/contract.ts';
import { type Outcome, outcome } from '../../shared/destination/outcome.ts';
import type { Process } from '../time/process.ts';
import { linesIn } from './lines.ts';
import { type Arrived, GIVEN_UP, type Services } from './service.ts';
import type { World } from './world.ts';

/** The answer's first byte has to come within this time (`shared/http/connection.ts`). */
const ANSWER_MS = 10_000;

/** Where a container's requests come from. */
export interface Sender {
  readonly container: number;
  readonly process: Process;
  /** The invocation that runs. */
  readonly invocation: () => number;
}

/** A real destination, settings, encoder and limits, whose requests go to a scripted service. */
export function scripted(
  real: AnyDestination,
  {
    world,
    services,
    sender,
  }: { readonly world: World; readonly services: Services; readonly sender: Sender },
): AnyDestination {
  const random = world.random.fork(`wire ${sender.container}`);
  const tokens = new WeakMap<object, string>();

  function prepare(request: EncodedRequest, token: string): SendPrepared {
    const { agentId: agent, body, events } = request;
    const { container, invocation } = sender;
    const arriving: Arrived = {
      agent,
      token,
      lines: linesIn(body),
      bytes: body.length,
      events,
      container,
      invocation: invocation(),
    };
    return (signal) => send(arriving, signal);
  }

  function send(request: Arrived, signal: AbortSignal): Promise<Outcome> {
    const { clock, call } = sender.process;
    return new Promise((resolve) => {
      let isOver = false;
      const settle = (result: Outcome, confirm: () => void = () => undefined): void => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        signal.removeEventListener('abort', giveUp);
        resolve(result);
        confirm();
      };
      const giveUp = (): void => settle(outcome(GIVEN_UP));
      const timer = clock.after(ANSWER_MS, giveUp);
      signal.addEventListener('abort', giveUp);
      const ways = { thereMs: random.between(5, 25), backMs: 0 };
      void call(ways, () => services.receive(request)).then((reaction) => {
        const { outcome: answer, inMs, confirm } = reaction;
        if (answer !== undefined) clock.after(inMs + random.between(5, 25), () => settle(answer, confirm));
      });
    });
  }

  return {
    manifest: real.manifest,
    parse: (raw) => {
      const parsed = real.parse(raw);
      if (parsed.kind === 'on') tokens.set(parsed.settings, raw['SIMULATED_TOKEN'] ?? '');
      return parsed;
    },
    open: (settings, network): DestinationClient => {
      const token = tokens.get(settings) ?? '';
      const client = real.open(settings, network);
      return {
        ...client,
        prepare: (request) => prepare(request, token),
        close: async () => undefined,
      };
    },
  };
}
