import { type Container, createContainer } from '../../engine/container.ts';
import { deliverEvent } from '../../engine/engine.ts';
import type { AnyDestination } from '../../lambdas/load-destination.ts';
import type { InvokeResult } from '../../local/function/invoke-result.ts';
import type { Network } from '../../shared/destination/network.ts';
import { parseEvent } from '../../shared/parking/kinesis-event.ts';
import { createSecrets } from '../../shared/settings/secrets.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createProcess, type Process } from '../time/process.ts';
import { callStore, type Store } from './bucket.ts';
import { scripted } from './scripted-destination.ts';
import type { SecretStore } from './secrets.ts';
import type { Services } from './service.ts';
import type { World } from './world.ts';

/** As the deployment has it (cdk/function.ts). */
const TIMEOUT_MS = 60_000;
const NETWORK: Network = {
  allowPrivate: 'all',
  proxyUrl: undefined,
  noProxy: undefined,
  client: 'simulated/1',
};
/** `createPutObject` of shared/parking/s3-object-store.ts. */
const PUT_PATIENCE = { attempts: 2, timeoutMs: 2_000 };

/** A destination's Lambda function: containers that come and go, one invocation in each at a time. */
export interface SimulatedFunction {
  readonly invoke: (event: unknown) => Promise<InvokeResult>;
  /** New code: idle containers are gone, busy ones are not used again. */
  readonly deploy: () => void;
}

export interface FunctionOptions {
  readonly world: World;
  readonly destination: AnyDestination;
  readonly services: Services;
  readonly secrets: SecretStore;
  readonly store: Store;
  readonly onLog: (event: string) => void;
}

interface RunningContainer {
  readonly process: Process;
  readonly container: Container;
  invocation: number;
  isBusy: boolean;
  isRetired: boolean;
}

/** How an invocation will end, as chance and the troubles have it. */
type Ending = { readonly kind: 'by-itself' } | { readonly kind: 'crash' | 'stuck'; readonly inMs: number };

export function createFunction(options: FunctionOptions): SimulatedFunction {
  const { world } = options;
  const { timeline, conditions } = world;
  const random = world.random.fork('function');
  let containers: RunningContainer[] = [];
  let started = 0;
  let invocations = 0;

  function start(): RunningContainer {
    started += 1;
    const process = createProcess(timeline, world.random.fork(`container ${started}`));
    const running: RunningContainer = {
      process,
      container: containerIn(process, started, () => running.invocation, options),
      invocation: 0,
      isBusy: false,
      isRetired: false,
    };
    containers.push(running);
    return running;
  }

  function choose(): RunningContainer {
    const idle = containers.filter(({ isBusy }) => !isBusy);
    const anyOne = conditions.shared('churn') !== undefined;
    if (idle.length === 0 || (anyOne && random.chance(0.3))) return start();
    return anyOne ? random.pick(idle) : (idle.at(-1) ?? start());
  }

  function endingOf(): Ending {
    const crashes = conditions.shared('crashes');
    if (crashes !== undefined && random.chance(0.1 + crashes.degree * 0.6))
      return { kind: 'crash', inMs: random.exponential(400) };
    const stuck = conditions.shared('stuck');
    if (stuck !== undefined && random.chance(0.05 + stuck.degree * 0.2))
      return { kind: 'stuck', inMs: random.exponential(300) };
    return { kind: 'by-itself' };
  }

  async function runIn(running: RunningContainer, event: unknown): Promise<InvokeResult> {
    const { process, container } = running;
    process.thaw();
    const endMs = timeline.now() + TIMEOUT_MS;
    const context = { getRemainingTimeInMillis: () => endMs - timeline.now() };
    try {
      const value: unknown = await deliverEvent(parseEvent(event), context, container);
      return { kind: 'result', value };
    } catch (error) {
      const errorType = error instanceof Error ? error.name : 'Error';
      options.onLog(`invocation_failed ${errorType}`);
      return { kind: 'error', errorType };
    }
  }

  /** Resolves when the container has answered, or is gone. */
  function invokeIn(running: RunningContainer, event: unknown): Promise<InvokeResult> {
    return new Promise((resolve) => {
      let isOver = false;
      const end = (result: InvokeResult): void => {
        if (isOver) return;
        isOver = true;
        timeout.cancel();
        running.isBusy = false;
        running.process.freeze();
        resolve(result);
      };
      const die = (errorType: string): void => {
        running.process.kill();
        containers = containers.filter((one) => one !== running);
        end({ kind: 'error', errorType });
      };
      const timeout = timeline.after(TIMEOUT_MS, () => die('Sandbox.Timedout'));
      const ending = endingOf();
      if (ending.kind === 'crash') timeline.after(ending.inMs, () => isOver || die('Runtime.ExitError'));
      if (ending.kind === 'stuck') timeline.after(ending.inMs, () => isOver || running.process.freeze());
      void runIn(running, event).then(end);
    });
  }

  async function invoke(event: unknown): Promise<InvokeResult> {
    const throttled = conditions.shared('function-throttled');
    if (throttled !== undefined && random.chance(0.2 + throttled.degree)) return { kind: 'throttled' };
    const running = choose();
    const isCold = running.invocation === 0;
    running.isBusy = true;
    invocations += 1;
    running.invocation = invocations;
    await later(isCold ? random.between(200, 800) : random.between(5, 20));
    const result = await invokeIn(running, event);
    if (running.isRetired) containers = containers.filter((one) => one !== running);
    await later(random.between(5, 20));
    const lost = conditions.shared('reports-lost');
    if (lost !== undefined && random.chance(0.1 + lost.degree * 0.5))
      return { kind: 'error', errorType: 'ReportLost' };
    return result;
  }

  function later(ms: number): Promise<void> {
    return new Promise((resolve) => void timeline.after(ms, resolve));
  }

  return {
    invoke,
    deploy: () => {
      for (const one of containers) one.isRetired = true;
      containers = containers.filter(({ isBusy }) => isBusy);
    },
  };
}

function containerIn(
  process: Process,
  number: number,
  invocation: () => number,
  { world, destination, services, secrets, store, onLog }: FunctionOptions,
): Container {
  const { clock } = process;
  const telemetry: Telemetry = {
    count: () => undefined,
    latency: () => undefined,
    log: (_level, event) => onLog(event),
    flush: () => undefined,
  };
  return createContainer({
    destination: scripted(destination, {
      world,
      services,
      sender: { container: number, process, invocation },
    }),
    network: NETWORK,
    secrets: createSecrets({
      fetch: secrets.fetchFrom(process, number),
      prefix: 'log-drain',
      destination: destination.manifest.id,
      now: clock.now,
      random: clock.random,
    }),
    put: async (key, body) => {
      await callStore(world, process, PUT_PATIENCE, () => store.put(key, body));
    },
    telemetry,
    clock,
    stallLimitMs: 900_000,
    isolationLimitMs: 10_000,
  });
}
