import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { callAws, isAwsError } from '../base/aws.ts';

/** A secret of ours, by its name alone. */
export interface ListedSecret {
  readonly name: string;
  /** `default` serves every agent without one of its own. */
  readonly owner: string;
  readonly destination: DestinationId;
  readonly changed: Date | undefined;
}

/** Our secrets in Secrets Manager. Throws a CommandProblem in words for what AWS refuses. */
export interface SecretsStore {
  readonly read: (name: string) => Promise<string | undefined>;
  /** True if it was not there before. */
  readonly write: (name: string, text: string) => Promise<boolean>;
  readonly list: () => Promise<readonly ListedSecret[]>;
  /** With 30 days in which it can be restored, or at once and for good. */
  readonly remove: (name: string, forGood: boolean) => Promise<Removal>;
}

export type Removal =
  /** `until`: when it can no longer be restored. */
  | { readonly kind: 'removed'; readonly until: Date | undefined }
  | { readonly kind: 'marked-before' }
  | { readonly kind: 'absent' };

export function secretName(prefix: string, agent: string | undefined, destination: string): string {
  return `${prefix}/${agent ?? 'default'}/${destination}`;
}

export function createSecretsStore(prefix: string): SecretsStore {
  const client = new SecretsManagerClient({
    requestHandler: sdkRequestHandler(10_000),
  });
  const call = <T>(what: string, action: string, work: () => Promise<T>): Promise<T> =>
    callAws({ what, action: `secretsmanager:${action}` }, work);
  return {
    read: (name) => call(`read the secret ${name}`, 'GetSecretValue', () => read(client, name)),
    write: async (name, text) => {
      const isThere = await call(`write the secret ${name}`, 'PutSecretValue', () =>
        replace(client, name, text),
      );
      if (!isThere) await call(`create the secret ${name}`, 'CreateSecret', () => create(client, name, text));
      return !isThere;
    },
    list: () => call('list the secrets', 'ListSecrets', () => list(client, prefix)),
    remove: (name, forGood) =>
      call(`remove the secret ${name}`, 'DeleteSecret', () => remove(client, name, forGood)),
  };
}

/** Gone, or (InvalidRequestException) marked for deletion: either way nothing is to be kept of it. */
function isGone(error: unknown): boolean {
  return isAwsError(error, 'ResourceNotFoundException') || isAwsError(error, 'InvalidRequestException');
}

async function read(client: SecretsManagerClient, name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? '';
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** False if it is not there. */
async function replace(client: SecretsManagerClient, name: string, text: string): Promise<boolean> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function create(client: SecretsManagerClient, name: string, text: string): Promise<void> {
  try {
    const description = 'Settings of a log drain';
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text, Description: description }));
  } catch (error) {
    if (!isAwsError(error, 'InvalidRequestException')) throw error;
    // It is marked for deletion, and its name taken until then.
    await client.send(new RestoreSecretCommand({ SecretId: name }));
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

async function list(client: SecretsManagerClient, prefix: string): Promise<readonly ListedSecret[]> {
  const found: ListedSecret[] = [];
  for (let token: string | undefined; ; ) {
    const command = new ListSecretsCommand({
      Filters: [{ Key: 'name', Values: [`${prefix}/`] }],
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await client.send(command);
    for (const { Name = '', LastChangedDate } of page.SecretList ?? []) {
      const ours = listedSecret(prefix, Name, LastChangedDate);
      if (ours !== undefined) found.push(ours);
    }
    token = page.NextToken;
    if (token === undefined) return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** AWS's own default, and the longest that it offers. */
const RECOVERY_DAYS = 30;

async function remove(client: SecretsManagerClient, name: string, forGood: boolean): Promise<Removal> {
  try {
    if (!forGood) {
      const command = new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: RECOVERY_DAYS });
      return { kind: 'removed', until: (await client.send(command)).DeletionDate };
    }
    // By force, AWS deletes what is not there without a word.
    if (!(await isKnown(client, name))) return { kind: 'absent' };
    await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    return { kind: 'removed', until: undefined };
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return { kind: 'absent' };
    if (isAwsError(error, 'InvalidRequestException')) return { kind: 'marked-before' };
    throw error;
  }
}

/** It is there, or marked for deletion. */
async function isKnown(client: SecretsManagerClient, name: string): Promise<boolean> {
  try {
    await client.send(new GetSecretValueCommand({ SecretId: name }));
    return true;
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return false;
    if (isAwsError(error, 'InvalidRequestException')) return true;
    throw error;
  }
}

/** `<prefix>/<owner>/<destination>`; undefined for other names. */
function listedSecret(prefix: string, name: string, changed: Date | undefined): ListedSecret | undefined {
  if (!name.startsWith(`${prefix}/`)) return undefined;
  const [owner = '', last, ...more] = name.slice(prefix.length + 1).split('/');
  const destination = MANIFESTS.find(({ id }) => id === last)?.id;
  if (destination === undefined || owner === '' || more.length > 0) return undefined;
  return { name, owner, destination, changed };
}
