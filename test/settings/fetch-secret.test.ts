import {
  DeleteSecretCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SecretsManager, startSecretsManager } from '../../local/aws/secrets-manager.ts';
import { standInCredentials } from '../../local/function-environment.ts';
import { createFetchSecret } from '../../shared/settings/fetch-secret.ts';

const NAME = 'log-drain/CA_a/datadog';
const REGION = 'us-east-1';

let store: SecretsManager;

beforeEach(async () => {
  store = await startSecretsManager();
  for (const [name, value] of Object.entries(standInCredentials())) vi.stubEnv(name, value);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', store.endpoint);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await store.close();
});

/** What GetSecretValue may answer (API_GetSecretValue.html, CommonErrors.html). */
function refuse(type: string, status = 400): void {
  const body = JSON.stringify({ __type: type, Message: `arn:aws:secretsmanager:x:secret:${NAME}` });
  store.faults.set([{ kind: 'status', status, body, times: 0 }]);
}

describe('a secret', () => {
  it('is read by its name', async () => {
    store.set(NAME, '{"DATADOG_TOKEN":"x"}');
    const fetch = await createFetchSecret(REGION, {});

    expect(await fetch(NAME)).toEqual({ kind: 'found', text: '{"DATADOG_TOKEN":"x"}' });
    expect(await fetch('log-drain/CA_b/datadog')).toEqual({ kind: 'absent' });
  });

  it.each([
    ['AccessDeniedException', 400, 'settings-access-denied'],
    ['DecryptionFailure', 400, 'settings-not-decryptable'],
    ['InvalidRequestException', 400, 'settings-not-readable'],
    ['InvalidParameterException', 400, 'settings-not-readable'],
    ['InternalServiceError', 500, 'settings-unavailable'],
    ['ThrottlingException', 400, 'settings-unavailable'],
    ['ExpiredTokenException', 400, 'settings-unavailable'],
  ])('that is not given out tells why: %s', async (type, status, reason) => {
    refuse(type, status);
    const fetch = await createFetchSecret(REGION, {});

    expect(await fetch(NAME)).toEqual({ kind: 'unavailable', reason });
  });

  it('that is marked for deletion is told from one that may not be read, until it is brought back', async () => {
    store.set(NAME, '{}');
    const client = new SecretsManagerClient({ region: REGION });
    const fetch = await createFetchSecret(REGION, {});

    await client.send(new DeleteSecretCommand({ SecretId: NAME }));
    const marked = await fetch(NAME);
    await client.send(new RestoreSecretCommand({ SecretId: NAME }));

    expect(marked).toEqual({ kind: 'deleted' });
    expect(await fetch(NAME)).toEqual({ kind: 'found', text: '{}' });
  });

  it('is asked for again when the store stumbles', async () => {
    store.set(NAME, '{}');
    store.faults.set([{ kind: 'status', status: 503, times: 2 }]);
    const fetch = await createFetchSecret(REGION, {});

    expect(await fetch(NAME)).toEqual({ kind: 'found', text: '{}' });
  });
});
