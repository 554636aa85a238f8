import { systemClock } from '../shared/base/clock.ts';
import type { CommonSettings } from '../shared/destination/common-settings.ts';
import type { Destination } from '../shared/destination/contract.ts';
import { createFunctionLookup } from '../shared/names/function-lookup.ts';
import type { DeliveryReport, InvocationContext } from '../shared/parking/kinesis-event.ts';
import { createPutObject } from '../shared/parking/s3-object-store.ts';
import { type FunctionEnvironment, readFunctionEnvironment } from '../shared/settings/environment.ts';
import { createFetchSecret } from '../shared/settings/fetch-secret.ts';
import { createSecrets } from '../shared/settings/secrets.ts';
import { createPowertools } from '../shared/telemetry/powertools.ts';
import { type Container, createContainer } from './container.ts';
import { handleEvent } from './engine.ts';

/** A Lambda handler. */
export type Handler = (event: unknown, context: InvocationContext) => Promise<DeliveryReport>;

/** A container over the services of the function's account. */
async function createFunctionContainer<S extends CommonSettings>(
  destination: Destination<S>,
  environment: FunctionEnvironment,
): Promise<Container> {
  const { id } = destination.manifest;
  const { region, parkingBucket, secretPrefix, stackName } = environment;
  const clock = systemClock;
  const network = { ...environment.network, lookup: createFunctionLookup(clock) };
  const secrets = createSecrets({
    fetch: await createFetchSecret(region, network),
    prefix: secretPrefix,
    destination: id,
    now: clock.now,
    random: clock.random,
  });
  return createContainer({
    destination,
    network,
    secrets,
    put: parkingBucket === undefined ? undefined : createPutObject(parkingBucket, region, network),
    telemetry: createPowertools({ stackName, destination: id }),
    clock,
    stallLimitMs: environment.stallLimitMs,
    isolationLimitMs: environment.isolationLimitMs,
  });
}

/** Makes a destination's Lambda handler; its container is built with the first event and kept. */
export function createHandler<S extends CommonSettings>(destination: Destination<S>): Handler {
  let container: Promise<Container> | undefined;
  return async (event, context) => {
    container ??= createFunctionContainer(destination, readFunctionEnvironment());
    const ready = await container;
    try {
      return await handleEvent(event, context, ready);
    } finally {
      ready.telemetry.flush();
    }
  };
}
