import { type Container, createContainer } from '../../engine/container.ts';
import type { AnyDestination } from '../../lambdas/load-destination.ts';
import type { Network } from '../../shared/destination/network.ts';
import { createSecrets } from '../../shared/settings/secrets.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createProcess, type Process } from '../time/process.ts';
import { callStore, type Store } from './bucket.ts';
import { createFindService } from './names.ts';
import { scripted } from './scripted-destination.ts';
import type { SecretStore } from './secrets.ts';
import type { Services } from './service.ts';
import type { World } from './world.ts';

const NETWORK: Network = {
  allowPrivate: 'all',
  proxyUrl: undefined,
  noProxy: undefined,
  client: 'simulated/1',
};
/** `createPutObject` of shared/parking/s3-object-store.ts. */
const PUT_PATIENCE = { attempts: 2, timeoutMs: 2_000 };

/** What the containers of a function have around them. */
export interface Surroundings {
  readonly world: World;
  readonly destination: AnyDestination;
  readonly services: Services;
  readonly secrets: SecretStore;
  readonly store: Store;
  /** Told of each log event. */
  readonly onLog: (event: string) => void;
}

/** A container that serves one invocation at a time. */
export interface SimulatedContainer {
  readonly process: Process;
  readonly container: Container;
  /** Number of the invocation that it serves, or served last; 0: none yet. */
  invocation: number;
  isBusy: boolean;
  /** New code is there: it is not used again. */
  isRetired: boolean;
}

/** Starts a container of this number with the real engine in it. */
export function startContainer(number: number, surroundings: Surroundings): SimulatedContainer {
  const { world, destination, services, secrets, store, onLog } = surroundings;
  const process = createProcess(world.timeline, world.random.fork(`container ${number}`));
  const { clock } = process;
  const telemetry: Telemetry = {
    count: () => undefined,
    latency: () => undefined,
    log: (_level, event) => onLog(event),
    flush: () => undefined,
  };
  const sender = {
    container: number,
    process,
    find: createFindService(world, process, number),
    invocation: () => started.invocation,
  };
  const container = createContainer({
    destination: scripted(destination, { world, services, sender }),
    network: NETWORK,
    secrets: createSecrets({
      fetch: secrets.fetchFrom(process, number),
      prefix: 'log-drain',
      destination: destination.manifest.id,
      now: clock.now,
      random: clock.random,
    }),
    put: async (key, body, signal) => {
      await callStore({ world, process, signal, ...PUT_PATIENCE }, () => store.put(key, body));
    },
    telemetry,
    clock,
    stallLimitMs: 900_000,
    isolationLimitMs: 10_000,
  });
  const started: SimulatedContainer = {
    process,
    container,
    invocation: 0,
    isBusy: false,
    isRetired: false,
  };
  return started;
}
