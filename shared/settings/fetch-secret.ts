import type { Network } from '../destination/network.ts';
import type { FetchSecret, SecretFault } from './secrets.ts';

/** Our own reason codes for what Secrets Manager answers; its words may name resources and are not kept. */
function reasonOf(error: unknown): SecretFault {
  const name = error instanceof Error ? error.name : '';
  if (name === 'AccessDeniedException') return 'settings-access-denied';
  if (name === 'DecryptionFailure') return 'settings-not-decryptable';
  // Such as one that another service manages.
  if (name === 'InvalidRequestException' || name === 'InvalidParameterException')
    return 'settings-not-readable';
  return 'settings-unavailable';
}

/** InvalidRequestException is the answer for other things too, so that the words decide. */
function isMarkedForDeletion(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'InvalidRequestException' &&
    /marked for deletion|scheduled for deletion/i.test(error.message)
  );
}

/** GetSecretValue with the name (docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html). */
export async function createFetchSecret(
  region: string | undefined,
  { lookup }: Pick<Network, 'lookup'>,
): Promise<FetchSecret> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const { sdkRequestHandler } = await import('../http/sdk-handler.ts');
  const client = new SecretsManagerClient({
    ...(region === undefined ? {} : { region }),
    maxAttempts: 3,
    requestHandler: sdkRequestHandler(5_000, lookup),
  });
  return async (name) => {
    try {
      const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: name }));
      return { kind: 'found', text: SecretString ?? Buffer.from(SecretBinary ?? []).toString() };
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return { kind: 'absent' };
      if (isMarkedForDeletion(error)) return { kind: 'deleted' };
      return { kind: 'unavailable', reason: reasonOf(error) };
    }
  };
}
