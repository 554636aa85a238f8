import { systemClock } from '../shared/base/clock.ts';
import { createFairSemaphore } from '../shared/base/fair-semaphore.ts';
import { createLru } from '../shared/base/lru.ts';
import { createByteWriter } from '../shared/destination/byte-writer.ts';
import type { CommonSettings } from '../shared/destination/common-settings.ts';
import type { Destination } from '../shared/destination/contract.ts';
import { type DeliveryReport, type InvocationContext, parseEvent } from '../shared/parking/kinesis-event.ts';
import { createPutObject } from '../shared/parking/s3-object-store.ts';
import { type FunctionEnvironment, readFunctionEnvironment } from '../shared/settings/environment.ts';
import { createFetchSecret } from '../shared/settings/fetch-secret.ts';
import { createSecrets } from '../shared/settings/secrets.ts';
import { createPowertools } from '../shared/telemetry/powertools.ts';
import { createAgentHealth } from './agent/agent-health.ts';
import { createCircuitBreakers } from './agent/circuit-breakers.ts';
import { createClients } from './agent/clients.ts';
import type { Container } from './container.ts';
import { createLineNumberGaps } from './decode/line-number-gaps.ts';
import { createSettledLines } from './decode/settled-lines.ts';
import { deliverEvent } from './engine.ts';
import { createRateLimiter } from './send/rate-limiter.ts';
import { createParking } from './settle/park.ts';

/** Below the window in which a mapping gathers records (2 s), so that others wait no longer than for that. */
const PATIENCE_MS = 1_500;

/** A Lambda handler. */
export type Handler = (event: unknown, context: InvocationContext) => Promise<DeliveryReport>;

async function createContainer<S extends CommonSettings>(
  destination: Destination<S>,
  environment: FunctionEnvironment,
): Promise<Container> {
  const { manifest } = destination;
  const { region, parkingBucket, network, secretPrefix } = environment;
  const clock = systemClock;
  const telemetry = createPowertools({ stackName: environment.stackName, destination: manifest.id });
  const secrets = createSecrets({
    fetch: await createFetchSecret(region),
    prefix: secretPrefix,
    destination: manifest.id,
    now: clock.now,
    random: clock.random,
  });
  const put = parkingBucket === undefined ? undefined : createPutObject(parkingBucket, region);
  const sighted = createLru<true>({ maxEntries: 10_000, maxAgeMs: 60 * 60_000, now: clock.now });
  return {
    manifest,
    clients: createClients({ destination, secrets, network, telemetry, now: clock.now }),
    breakers: createCircuitBreakers(clock.now, clock.random),
    agentHealth: createAgentHealth(clock.now),
    settledLines: createSettledLines(clock.now),
    semaphore: createFairSemaphore(manifest.maxInFlight),
    rateLimiter: createRateLimiter(clock),
    writer: createByteWriter(),
    parking: createParking({ put, destination: manifest.id, telemetry }),
    lineNumberGaps: createLineNumberGaps(telemetry, clock.now),
    telemetry,
    clock,
    stallLimitMs: environment.stallLimitMs,
    isolationLimitMs: environment.isolationLimitMs,
    patienceMs: PATIENCE_MS,
    firstSight: (eventId) => {
      const first = sighted.get(eventId) === undefined;
      sighted.set(eventId, true);
      return first;
    },
  };
}

/** Makes a destination's Lambda handler; its container is built with the first event and kept. */
export function createHandler<S extends CommonSettings>(destination: Destination<S>): Handler {
  let container: Promise<Container> | undefined;
  return async (event, context) => {
    container ??= createContainer(destination, readFunctionEnvironment());
    const ready = await container;
    try {
      return await deliverEvent(parseEvent(event), context, ready);
    } finally {
      ready.telemetry.flush();
    }
  };
}
