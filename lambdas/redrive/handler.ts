import { systemClock } from '../../shared/base/clock.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import type { InvocationContext } from '../../shared/parking/kinesis-event.ts';
import { createS3Bucket } from '../../shared/parking/s3-bucket.ts';
import { readRedriveEnvironment } from '../../shared/settings/environment.ts';
import { createInvokeFunction, type InvokeFunction } from './base/functions.ts';
import { parseRequest } from './base/request.ts';
import type { RedriveResult } from './base/result.ts';
import { parseFunctions } from './destination-functions.ts';
import { redrive } from './run.ts';
import { createRedriveTelemetry, type RedriveTelemetry } from './telemetry.ts';

interface RedriveContainer {
  readonly bucket: Bucket;
  readonly invoke: InvokeFunction;
  readonly telemetry: RedriveTelemetry;
  readonly functions: ReturnType<typeof parseFunctions>;
  readonly maxObjects: number | undefined;
}

let container: RedriveContainer | undefined;

function createContainer(): RedriveContainer {
  const { parkingBucket, destinationFunctions, stackName, region, maxObjects } = readRedriveEnvironment();
  return {
    bucket: createS3Bucket(parkingBucket, region),
    invoke: createInvokeFunction({ region, clock: systemClock }),
    telemetry: createRedriveTelemetry(stackName),
    functions: parseFunctions(destinationFunctions),
    maxObjects,
  };
}

/**
 * Redrive's Lambda handler: by schedule with nothing asked, by the command line with a request.
 * A scheduled run that could not work for a destination ends in an error, so that its alarm tells.
 */
export async function handler(event: unknown, context: InvocationContext): Promise<RedriveResult> {
  container ??= createContainer();
  const { telemetry, functions, ...ports } = container;
  const request = parseRequest(event, functions.keys());
  const result = await redrive(request, {
    ...ports,
    functions,
    clock: systemClock,
    log: telemetry.log,
    deadlineMs: systemClock.now() + context.getRemainingTimeInMillis(),
  });
  if (request.dryRun) return result;
  const isWhole = !request.rejected && request.agent === undefined && request.sinceMs === undefined;
  telemetry.report(result, { isWhole, nowMs: systemClock.now() });
  const failed = Object.entries(result.destinations).filter(([, { state }]) => state === 'unavailable');
  if (failed.length > 0 && !request.now) {
    const which = failed.map(([id, { reason = 'unknown' }]) => `${id} (${reason})`).join(', ');
    throw new Error(
      `[redrive] Could not work for ${which}. Check that the functions and the bucket can be used.`,
    );
  }
  return result;
}
