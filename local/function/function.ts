/** Hosts a built function as Lambda does: containers started on demand, one event at a time in each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FunctionContainer, startContainer } from './container.ts';
import type { InvokeResult } from './invoke-result.ts';
import { type FunctionOptions, withDefaults } from './options.ts';

export interface HostedFunction {
  readonly name: string;
  readonly arn: string;
  readonly counters: Readonly<FunctionCounters>;
  /** Runs the handler with a fresh copy of the event; rejects for bugs only. */
  readonly invoke: (event: unknown) => Promise<InvokeResult>;
  /** Gives running invocations this long (default 1.5 s), then ends all containers. */
  readonly close: (graceMs?: number) => Promise<void>;
  /** The process ids of the containers that there are. */
  readonly pids: () => readonly number[];
}

interface FunctionCounters {
  invocations: number;
  /** Containers started, the first included. */
  coldStarts: number;
}

/** Nothing is started before the first invocation. */
export function startFunction(functionOptions: FunctionOptions): HostedFunction {
  const options = withDefaults(functionOptions);
  const { concurrency = Number.POSITIVE_INFINITY } = options;
  const counters: FunctionCounters = { invocations: 0, coldStarts: 0 };
  /** The one used last comes first, as in Lambda. */
  const idle: FunctionContainer[] = [];
  const containers = new Set<FunctionContainer>();
  const running = new Set<Promise<InvokeResult>>();

  function takeContainer(): FunctionContainer {
    for (let container = idle.pop(); container !== undefined; container = idle.pop()) {
      if (!container.isGone()) return container;
      containers.delete(container);
    }
    counters.coldStarts += 1;
    const container = startContainer(options);
    containers.add(container);
    return container;
  }

  async function run(event: unknown): Promise<InvokeResult> {
    const container = takeContainer();
    const result = await container.invoke(event);
    if (options.alwaysCold === true) await container.close();
    if (container.isGone()) containers.delete(container);
    else idle.push(container);
    return result;
  }

  async function invoke(event: unknown): Promise<InvokeResult> {
    if (running.size >= concurrency) return { kind: 'throttled' };
    counters.invocations += 1;
    const result = run(event);
    running.add(result);
    try {
      return await result;
    } finally {
      running.delete(result);
    }
  }

  async function close(graceMs = 1500): Promise<void> {
    const finished = new AbortController();
    const grace = sleep(graceMs, undefined, { signal: finished.signal }).catch(() => {});
    await Promise.race([Promise.all(running), grace]);
    finished.abort();
    await Promise.all([...containers].map((container) => container.close()));
  }

  function pids(): readonly number[] {
    return [...containers].filter((container) => !container.isGone()).flatMap(({ pid }) => pid ?? []);
  }

  return { name: options.name, arn: options.arn, counters, invoke, close, pids };
}
