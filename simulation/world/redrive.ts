import type { Invoked } from '../../lambdas/redrive/base/functions.ts';
import { redrive } from '../../lambdas/redrive/run.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import type { InvokeResult } from '../../local/function/invoke-result.ts';
import { type Bucket, MAX_KEYS } from '../../shared/parking/bucket.ts';
import { createProcess, type Process } from '../time/process.ts';
import { callStore, type Store } from './bucket.ts';
import type { SimulatedFunction } from './function.ts';
import type { World } from './world.ts';

/** As the deployment has it (cdk/redrive.ts). */
const EVERY_MS = 5 * 60_000;
const TIMEOUT_MS = 15 * 60_000;
/** `createS3Bucket` of shared/parking/s3-bucket.ts. */
const PATIENCE = { attempts: 3, timeoutMs: 10_000 };

export interface RedriveOptions {
  readonly world: World;
  readonly destination: DestinationId;
  /** Its function's ARN. */
  readonly functionArn: string;
  readonly fn: SimulatedFunction;
  readonly store: Store;
  readonly onLog: (event: string) => void;
}

/** Starts redrive by its schedule, for ever; a run may crash at any moment. */
export function scheduleRedrive(options: RedriveOptions): void {
  const { timeline, conditions } = options.world;
  const random = options.world.random.fork('redrive');
  let runs = 0;

  function start(): void {
    timeline.after(EVERY_MS, start);
    runs += 1;
    const process = createProcess(timeline, options.world.random.fork(`redrive ${runs}`));
    timeline.after(TIMEOUT_MS, process.kill);
    const crashes = conditions.shared('redrive-crashes');
    if (crashes !== undefined && random.chance(0.5)) timeline.after(random.exponential(5_000), process.kill);
    void run(process, options);
  }

  timeline.after(random.between(0, EVERY_MS), start);
}

async function run(
  process: Process,
  { destination, functionArn, fn, onLog, ...rest }: RedriveOptions,
): Promise<void> {
  const { clock } = process;
  const result = await redrive(
    { rejected: false, dryRun: false, now: false },
    {
      bucket: bucketFrom(process, rest),
      invoke: (_name, payload, timeoutMs) => invokeFrom(process, { fn, payload, timeoutMs }),
      functions: new Map([[destination, functionArn]]),
      clock,
      log: (_level, event) => onLog(event),
      deadlineMs: clock.now() + TIMEOUT_MS,
    },
  );
  onLog(`redrive ${result.destinations[destination]?.state ?? 'none'}`);
}

interface Invocation {
  readonly fn: SimulatedFunction;
  readonly payload: string;
  readonly timeoutMs: number;
}

function invokeFrom(process: Process, { fn, payload, timeoutMs }: Invocation): Promise<Invoked> {
  return new Promise((resolve) => {
    const timer = process.clock.after(timeoutMs, () =>
      resolve({ kind: 'unavailable', reason: 'TimeoutError' }),
    );
    const invoke = async (): Promise<void> => {
      const result = await fn.invoke(JSON.parse(payload));
      process.clock.after(0, () => {
        timer.cancel();
        resolve(invoked(result));
      });
    };
    void invoke();
  });
}

function invoked(result: InvokeResult): Invoked {
  if (result.kind === 'result') return { kind: 'returned', value: result.value };
  if (result.kind === 'error') return { kind: 'function-error' };
  return { kind: 'unavailable', reason: 'TooManyRequestsException' };
}

function bucketFrom(process: Process, { world, store }: Pick<RedriveOptions, 'world' | 'store'>): Bucket {
  const call = <T>(deed: () => T): Promise<T> => callStore({ world, process, ...PATIENCE }, deed);
  return {
    list: ({ prefix, after = '', limit = MAX_KEYS }) =>
      call(() => {
        const keys = store.keys(prefix).filter((key) => key > after);
        const objects = keys.slice(0, limit).map((key) => ({ key, bytes: store.get(key)?.body.length ?? 0 }));
        return { objects, isLast: keys.length <= limit };
      }),
    folders: async function* (prefix) {
      yield* await call(() => foldersIn(store.keys(prefix), prefix));
    },
    get: (key) => call(() => store.get(key)),
    put: (key, body, condition) =>
      call(() => store.put(key, body, 'etag' in condition ? condition.etag : null)),
    delete: (key, etag) => call(() => store.remove(key, etag)),
    deleteAll: (versions) =>
      call(() => new Set(versions.filter(({ key, etag }) => !store.remove(key, etag)).map(({ key }) => key))),
  };
}

function foldersIn(keys: readonly string[], prefix: string): ReadonlySet<string> {
  const below = keys.map((key) => key.slice(prefix.length)).filter((rest) => rest.includes('/'));
  return new Set(below.map((rest) => rest.slice(0, rest.indexOf('/'))));
}
