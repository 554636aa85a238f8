import { handleEvent } from '../../engine/engine.ts';
import type { InvokeResult } from '../../local/function/invoke-result.ts';
import type { Random } from '../time/random.ts';
import { type SimulatedContainer, type Surroundings, startContainer } from './container.ts';
import type { World } from './world.ts';

/** As the deployment has it (cdk/function.ts). */
const TIMEOUT_MS = 60_000;

/** A destination's Lambda function: containers that come and go, one invocation in each at a time. */
export interface SimulatedFunction {
  readonly invoke: (event: unknown) => Promise<InvokeResult>;
  /** New code: idle containers are gone, busy ones are not used again. */
  readonly deploy: () => void;
}

export function createFunction(surroundings: Surroundings): SimulatedFunction {
  const { timeline, conditions, random: worlds } = surroundings.world;
  const random = worlds.fork('function');
  const isTrue = chancesOf(surroundings.world, random);
  let containers: SimulatedContainer[] = [];
  let started = 0;
  let invocations = 0;

  function start(): SimulatedContainer {
    started += 1;
    const container = startContainer(started, surroundings);
    containers.push(container);
    return container;
  }

  function choose(): SimulatedContainer {
    const idle = containers.filter(({ isBusy }) => !isBusy);
    const isAny = conditions.shared('churn') !== undefined;
    if (idle.length === 0 || (isAny && random.chance(0.3))) return start();
    return isAny ? random.pick(idle) : (idle.at(-1) ?? start());
  }

  function later(fromMs: number, toMs: number): Promise<void> {
    return new Promise((resolve) => void timeline.after(random.between(fromMs, toMs), resolve));
  }

  async function invoke(event: unknown): Promise<InvokeResult> {
    if (isTrue('function-throttled', 0.2, 1)) return { kind: 'throttled' };
    const container = choose();
    const isCold = container.invocation === 0;
    invocations += 1;
    Object.assign(container, { isBusy: true, invocation: invocations });
    await (isCold ? later(200, 800) : later(5, 20));
    const end = isTrue('crashes', 0.1, 0.6) ? 'crash' : isTrue('stuck', 0.05, 0.2) ? 'stuck' : undefined;
    const result = await invokeIn(container, event, {
      world: surroundings.world,
      accident: end && { kind: end, inMs: random.exponential(400) },
    });
    container.isBusy = false;
    if (container.isRetired || container.process.isDead())
      containers = containers.filter((one) => one !== container);
    await later(5, 20);
    return isTrue('reports-lost', 0.1, 0.5) ? { kind: 'error', errorType: 'ReportLost' } : result;
  }

  return {
    invoke,
    deploy: () => {
      for (const one of containers) one.isRetired = true;
      containers = containers.filter(({ isBusy }) => isBusy);
    },
  };
}

type Chances = (kind: Parameters<World['conditions']['shared']>[0], least: number, more: number) => boolean;

/** Whether a trouble that everybody has strikes this time: with `least`, and up to `more` on top by its degree. */
function chancesOf({ conditions }: World, random: Random): Chances {
  return (kind, least, more) => {
    const trouble = conditions.shared(kind);
    return trouble !== undefined && random.chance(least + trouble.degree * more);
  };
}

/** What happens to an invocation: it ends in the middle, or stands still from some moment on. */
interface Accident {
  readonly kind: 'crash' | 'stuck';
  readonly inMs: number;
}

/** Resolves when the container has answered, or is gone. */
function invokeIn(
  { process, container }: SimulatedContainer,
  event: unknown,
  { world, accident }: { readonly world: World; readonly accident: Accident | undefined },
): Promise<InvokeResult> {
  const { timeline } = world;
  return new Promise((resolve) => {
    let isOver = false;
    const end = (result: InvokeResult): void => {
      if (isOver) return;
      isOver = true;
      timeout.cancel();
      process.freeze();
      resolve(result);
    };
    const die = (errorType: string): void => {
      if (isOver) return;
      process.kill();
      end({ kind: 'error', errorType });
    };
    const timeout = timeline.after(TIMEOUT_MS, () => {
      // One that can go on has to answer before its time is over.
      if (accident?.kind !== 'stuck')
        world.ledger.violate('overran', 'an invocation did not answer in its time');
      die('Sandbox.Timedout');
    });
    if (accident?.kind === 'crash') timeline.after(accident.inMs, () => die('Runtime.ExitError'));
    if (accident?.kind === 'stuck')
      timeline.after(accident.inMs, () => {
        if (!isOver) process.freeze();
      });
    process.thaw();
    const endMs = timeline.now() + TIMEOUT_MS;
    const context = { getRemainingTimeInMillis: () => endMs - timeline.now() };
    const run = async (): Promise<void> => {
      try {
        end({ kind: 'result', value: await handleEvent(event, context, container) });
      } catch (error) {
        end({ kind: 'error', errorType: error instanceof Error ? error.name : 'Error' });
      }
    };
    void run();
  });
}
