import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { DestinationId } from '../../../lambdas/registry.ts';
import { startS3 } from '../../../local/aws/s3.ts';
import { startSecretsManager } from '../../../local/aws/secrets-manager.ts';
import type { Receiver } from '../../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../../receivers/receivers.ts';
import type { DeliveryReport } from '../../../shared/parking/kinesis-event.ts';
import { leaksIn, secretsOf } from '../leaks.ts';
import { ROLE_CREDENTIALS, type Runtime, type RuntimeOptions, startRuntime } from './client.ts';
import { type KinesisEvent, MARKER, nameIn } from './events.ts';
import { type Link, startLink } from './link.ts';

/** A destination's built function in the real runtime, with all that it speaks to. */
export interface RuntimeDrain {
  readonly runtime: Runtime;
  /** Bodies of the objects in the parking bucket, by key. */
  readonly parked: () => ReadonlyMap<string, string>;
  readonly receiver: Receiver;
  /** Between the function and the receiver. */
  readonly link: Link;
  /** Names of the accepted lines, in order of acceptance. */
  readonly accepted: readonly string[];
  /** Invokes the function, which must not fail, and returns its report. */
  readonly deliver: (event: KinesisEvent) => Promise<DeliveryReport>;
}

export interface DrainOptions extends Omit<RuntimeOptions, 'bundle'> {
  /** Changes the settings that are stored for the agents. */
  readonly settings?: (good: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** Default true; the lines must then be named ones. */
  readonly keepNames?: boolean;
}

/** The bundle that is deployed. */
export function bundleOf(id: DestinationId): string {
  const path = fileURLToPath(new URL(`../../../dist/lambdas/${id}/index.mjs`, import.meta.url));
  if (!existsSync(path)) throw new Error(`dist/lambdas/${id} is not built: npm run build`);
  return path;
}

const BUCKET = 'parking';
const PORT = /(127\.0\.0\.1:)(\d+)/;

/** The receiver's settings with the link's port in place of its own. */
function throughLink(settings: Receiver['settings'], port: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value.replace(PORT, `$1${port}`)]),
  );
}

function portOf(settings: Receiver['settings']): number {
  const found = Object.values(settings).map((value) => PORT.exec(value)?.[2]);
  return Number(found.find((port) => port !== undefined));
}

/** Nothing that a function prints may hold a secret or a part of a line. */
export function expectNothingLeaked(output: string, id: DestinationId, settings: Receiver['settings']): void {
  const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = ROLE_CREDENTIALS;
  const planted = [...secretsOf(id, settings), AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, MARKER];
  expect(leaksIn(output, planted), 'secrets and line contents in what the function printed').toEqual([]);
}

/** Starts a destination's function and its surroundings, runs `work`, looks for leaks and ends it all. */
export async function withDrain(
  id: DestinationId,
  options: DrainOptions,
  work: (drain: RuntimeDrain) => Promise<void>,
): Promise<void> {
  const accepted: string[] = [];
  const keepNames = options.keepNames ?? true;
  const secrets = await startSecretsManager();
  const s3 = await startS3({ buckets: [BUCKET] });
  const receiver = await RECEIVERS[id].start(({ text }) => {
    if (keepNames) accepted.push(nameIn(text));
  });
  const link = await startLink(portOf(receiver.settings));
  const good = throughLink(receiver.settings, link.port);
  secrets.set(`log-drain/default/${id}`, JSON.stringify(options.settings?.(good) ?? good));
  const env = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    ALLOW_PRIVATE_DESTINATIONS: '1',
    PARKING_BUCKET: BUCKET,
    ...options.env,
  };
  const runtime = await startRuntime({ ...options, bundle: bundleOf(id), env });
  try {
    const deliver = async (event: KinesisEvent): Promise<DeliveryReport> => {
      const result = await runtime.invoke(event);
      expect(result, result.kind === 'error' ? result.errorMessage : '').toMatchObject({ kind: 'result' });
      return (result as { readonly value: DeliveryReport }).value;
    };
    const parked = (): Map<string, string> =>
      new Map(s3.objects.list(BUCKET).map(({ key, body }) => [key, body.toString()]));
    await work({ runtime, parked, receiver, link, accepted, deliver });
    expectNothingLeaked(runtime.output(), id, good);
  } finally {
    await runtime.close();
    await Promise.all([link.close(), receiver.close(), secrets.close(), s3.close()]);
  }
}
