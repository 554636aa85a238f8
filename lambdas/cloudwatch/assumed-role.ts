import type { Network } from '../../shared/destination/network.ts';
import type { Rest } from '../../shared/destination/outcome.ts';
import { restOfFault } from '../../shared/http/fault.ts';
import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';

const REQUEST_TIMEOUT_MS = 5_000;
/** The most that a role assumed by a role may last: IAM user guide, "Role chaining". */
const DURATION_S = 3_600;
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: RoleSessionName has 2 to 64 characters. */
const SESSION_NAME = { prefix: 'log-drain-', maxChars: 64 };

interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The SDK's client asks again a few minutes before. */
  readonly expiration?: Date;
}

/** Why there are no credentials: what it means for the lines that wait for them. */
export class AssumeRoleError extends Error {
  readonly rest: Rest;

  constructor(rest: Rest, message: string) {
    super(message);
    this.name = 'AssumeRoleError';
    this.rest = rest;
  }
}

/** Errors of AssumeRole that pass by themselves; all others are the role's or its trust policy's. */
const PASSING = new Set(['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'ServiceUnavailable']);

interface StsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function roleErrorOf(error: unknown): AssumeRoleError {
  const known: StsError = error instanceof Error ? error : new Error(String(error));
  const status = known.$metadata?.httpStatusCode;
  if (status === undefined) return new AssumeRoleError(restOfFault(error), `AssumeRole: ${known.message}`);
  const passes = status >= 500 || status === 429 || PASSING.has(known.name);
  const rest: Rest = passes
    ? { fate: 'retry', reason: 'assume-role-failed' }
    : { fate: 'misconfigured', reason: 'role-not-assumed' };
  return new AssumeRoleError(rest, `AssumeRole: ${status} ${known.name}: ${known.message}`);
}

/**
 * Credentials of a role that the function's own role may assume, for one agent. The agent id is the external id, so
 * that a role which trusts the drain for one agent is no use to another (IAM user guide, "The confused deputy
 * problem"). Rejects with an AssumeRoleError alone.
 */
export function assumedRole(
  roleArn: string,
  { lookup }: Pick<Network, 'lookup'>,
  agentId: string,
): () => Promise<RoleCredentials> {
  return async () => {
    // Few agents have roles: the others' functions start without this client.
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
    const requestHandler = sdkRequestHandler(REQUEST_TIMEOUT_MS, lookup);
    const client = new STSClient({ maxAttempts: 2, requestHandler });
    try {
      const { Credentials: found } = await client.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: `${SESSION_NAME.prefix}${agentId}`.slice(0, SESSION_NAME.maxChars),
          ExternalId: agentId,
          DurationSeconds: DURATION_S,
        }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = found ?? {};
      if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
        throw new AssumeRoleError(
          { fate: 'retry', reason: 'assume-role-failed' },
          'AssumeRole: no credentials',
        );
      }
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(Expiration === undefined ? {} : { expiration: Expiration }),
      };
    } catch (error) {
      throw error instanceof AssumeRoleError ? error : roleErrorOf(error);
    } finally {
      client.destroy();
    }
  };
}
