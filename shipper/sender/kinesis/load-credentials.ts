import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import type { Identity } from './credentials.ts';

/** What the SDK's providers say as they are asked (its debug log), and what that is in plain words. */
const SOURCES: readonly (readonly [said: RegExp, source: string])[] = [
  [/provider-env - fromEnv/, 'the environment'],
  [/resolveStaticCredentials/, 'the keys of the profile'],
  [/resolveAssumeRoleCredentials/, 'STS, for the role of the profile'],
  [/provider-process - fromProcess/, 'the credential_process of the profile'],
  [/provider-sso - fromSSO/, 'SSO'],
  [/provider-web-identity - /, 'STS, for a web identity token'],
  [/remoteProvider::fromHttp|provider-http - |EcsContainer/, 'the container credentials endpoint'],
  [/fromInstanceMetadata|Ec2InstanceMetadata/, 'the EC2 instance metadata service'],
];

/** Of an endpoint of the machine's own; by default 1 s, which a busy one can need. */
const ENDPOINT_TIMEOUT_MS = 5_000;

/** Asks the environment's providers afresh; `onSource` is told of each in turn, in plain words. */
export type CredentialsLoad = (onSource: (source: string) => void) => Promise<Identity>;

/** As `CredentialsLoad`, by the SDK's own chain; STS and SSO are reached through `requestHandler`. */
export function createCredentialsLoad(
  region: string | undefined,
  requestHandler: () => NonNullable<KinesisClientConfig['requestHandler']>,
): CredentialsLoad {
  return async (onSource) => {
    const debug = (...said: readonly unknown[]): void => {
      const [, source] = SOURCES.find(([pattern]) => pattern.test(String(said[0]))) ?? [];
      if (source !== undefined) onSource(source);
    };
    const handler = requestHandler();
    // The last two reach the providers. Without the first they would never see a profile that appears later.
    const config: KinesisClientConfig & { readonly ignoreCache: boolean; readonly timeout: number } = {
      ...(region === undefined ? {} : { region }),
      requestHandler: handler,
      logger: { debug, trace: ignore, info: ignore, warn: ignore, error: ignore },
      ignoreCache: true,
      timeout: ENDPOINT_TIMEOUT_MS,
    };
    // Its providers are all that is used of it.
    const client = new KinesisClient(config);
    try {
      return await client.config.credentials();
    } finally {
      client.destroy();
    }
  };
}

function ignore(): void {}
