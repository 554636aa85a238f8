import { type AnyDestination } from '../../lambdas/load-destination.ts';
import type { DestinationClient, EncodedRequest, SendPrepared } from '../../shared/destination/contract.ts';
import { type Outcome, outcome } from '../../shared/destination/outcome.ts';
import { linesIn } from '../ledger/lines.ts';
import type { Process } from '../time/process.ts';
import type { FindService } from './names.ts';
import type { Arrived, Services } from './service.ts';
import type { World } from './world.ts';

/** The answer's first byte has to come within this time (`shared/http/connection.ts`). */
const ANSWER_MS = 10_000;

/** Where a container's requests come from. */
export interface Sender {
  readonly container: number;
  readonly process: Process;
  /** Where the service of an agent is. */
  readonly find: FindService;
  /** The invocation that runs. */
  readonly invocation: () => number;
}

/** What an attempt comes to that is given up before its answer is there. */
const GIVEN_UP: Outcome = outcome({ fate: 'retry', reason: 'timeout' });
const NO_NAME: Outcome = outcome({ fate: 'retry', reason: 'dns-failed' });

export interface ScriptedOptions {
  readonly world: World;
  readonly services: Services;
  readonly sender: Sender;
}

/** A real destination, settings, encoder and limits, whose requests go to a scripted service. */
export function scripted(real: AnyDestination, options: ScriptedOptions): AnyDestination {
  const { container, invocation } = options.sender;
  const send = createSend(options);
  const tokens = new WeakMap<object, string>();

  function prepare({ agentId: agent, body, events }: EncodedRequest, token: string): SendPrepared {
    const lines = linesIn(body);
    const arriving = {
      agent,
      token,
      lines,
      bytes: body.length,
      events,
      container,
      invocation: invocation(),
    };
    return (signal) => send(arriving, signal);
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
      return {
        ...real.open(settings, network),
        prepare: (request) => prepare(request, token),
        close: async () => undefined,
      };
    },
  };
}

/** Brings requests to the services, as an HTTP client does: it waits for the answer for so long, or until it is told not to. */
function createSend({
  world,
  services,
  sender,
}: ScriptedOptions): (request: Arrived, signal: AbortSignal) => Promise<Outcome> {
  const random = world.random.fork(`wire ${sender.container}`);
  const { clock, call } = sender.process;
  const wayMs = (): number => random.between(5, 25);

  return (request, signal) =>
    new Promise((resolve) => {
      let isOver = false;
      const settle = (result: Outcome, confirm?: () => void): void => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        signal.removeEventListener('abort', giveUp);
        resolve(result);
        confirm?.();
      };
      const giveUp = (): void => settle(GIVEN_UP);
      const timer = clock.after(ANSWER_MS, giveUp);
      signal.addEventListener('abort', giveUp);
      const arrive = async (): Promise<void> => {
        if (!(await sender.find(request.agent))) return settle(NO_NAME);
        if (isOver) return;
        const {
          outcome: answer,
          inMs,
          confirm,
        } = await call({ thereMs: wayMs(), backMs: 0 }, () => services.receive(request));
        if (answer !== undefined) clock.after(inMs + wayMs(), () => settle(answer, confirm));
      };
      void arrive();
    });
}
