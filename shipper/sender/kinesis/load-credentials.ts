import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import type { CredentialsLoad } from './credentials.ts';

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

/** What they say of themselves where nothing is set for them. */
const NOT_SET =
  /Unable to find environment|AWS_PROFILE is set|Skipping SSO|Could not resolve credentials using profile|did not contain credential_process|could not be found|was not found|not configured with SSO|does not contain login_session|Web identity configuration not specified|access disabled|No HTTP credential provider host|cannot be used unless|not set in env|from any providers/;
/** How the SDK's debug log begins where a provider has failed. */
const FAILED = '@smithy/property-provider ';

/** Of an endpoint of the machine's own; by default 1 s, which a busy one can need. */
const ENDPOINT_TIMEOUT_MS = 5_000;

/** As `CredentialsLoad`, by the SDK's own chain; STS and SSO are reached through `requestHandler`. */
export function createCredentialsLoad(
  region: string | undefined,
  requestHandler: () => NonNullable<KinesisClientConfig['requestHandler']>,
): CredentialsLoad {
  return async ({ onAsked, onFailed }) => {
    let asked: string | undefined;
    const debug = (...said: readonly unknown[]): void => {
      const text = String(said[0]);
      if (text.startsWith(FAILED)) {
        if (asked !== undefined && !NOT_SET.test(text)) onFailed(asked);
        return;
      }
      const [, source] = SOURCES.find(([pattern]) => pattern.test(text)) ?? [];
      if (source === undefined) return;
      asked = source;
      onAsked(source);
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
