/** A Secrets Manager in memory, for the real SDK in front. */
import { z } from 'zod';
import { createFaults, type Faults } from '../../receivers/kit/faults.ts';
import type { Access } from './access.ts';
import { jsonErrorBody, jsonService, type Operations, parseInput, ServiceError } from './json-protocol.ts';
import { createStore, invalidRequest, type Secret, type Store } from './secret-store.ts';
import { startHttpServer } from './server.ts';

export interface SecretsManagerOptions {
  readonly region?: string;
  readonly faults?: Faults;
  /** Undefined: any credentials will do. */
  readonly access?: Access | undefined;
  /** Clock, epoch ms. */
  readonly now?: () => number;
}

export interface SecretsManager {
  readonly endpoint: string;
  readonly faults: Faults;
  /** Creates or replaces a secret's value. */
  readonly set: (name: string, value: string) => void;
  /** At once and for good. */
  readonly remove: (name: string) => void;
  /** The current value, unless it is marked for deletion. */
  readonly get: (name: string) => string | undefined;
  /** GetSecretValue calls that were answered, found or not. */
  readonly reads: () => number;
  readonly close: () => Promise<void>;
}

const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const secretId = z.object({ SecretId: z.string().min(1).max(2048) });
const createSecret = z.object({ Name: z.string().regex(NAME), SecretString: z.string().max(65_536) });
const putSecretValue = secretId.extend({ SecretString: z.string().max(65_536) });
const deleteSecret = secretId
  .extend({
    RecoveryWindowInDays: z.number().int().min(7).max(30).optional(),
    ForceDeleteWithoutRecovery: z.boolean().default(false),
  })
  .refine((input) => !(input.ForceDeleteWithoutRecovery && input.RecoveryWindowInDays !== undefined), {
    message: 'RecoveryWindowInDays and ForceDeleteWithoutRecovery exclude each other',
  });
const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;
const listSecrets = z.object({
  IncludePlannedDeletion: z.boolean().default(false),
  MaxResults: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  Filters: z
    .array(z.object({ Key: z.enum(['name', 'all']), Values: z.array(z.string()).min(1) }))
    .default([]),
});

export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<SecretsManager> {
  const { region = 'us-east-1', faults = createFaults(), now = Date.now } = options;
  const store = createStore(region, now);
  let reads = 0;
  const handle = jsonService(
    'secretsmanager',
    operations(store, now, () => {
      reads += 1;
    }),
  );
  const { endpoint, close } = await startHttpServer({
    handle,
    faults,
    errorBody: jsonErrorBody,
    access: options.access,
  });
  return {
    endpoint,
    faults,
    set: store.put,
    remove: (name) => void store.secrets.delete(name),
    get: (name) => {
      const secret = store.look(name);
      return secret?.deletedMs === undefined ? secret?.value : undefined;
    },
    reads: () => reads,
    close,
  };
}

const NAME_TAKEN =
  "You can't create this secret because a secret with this name is already scheduled for deletion.";

function operations(store: Store, now: () => number, onRead: () => void): Operations {
  const { put, findUsable } = store;
  return {
    GetSecretValue: (input) => {
      onRead();
      const secret = findUsable(parseInput(secretId, input).SecretId);
      return { ...identity(secret), SecretString: secret.value, CreatedDate: secret.changedMs / 1000 };
    },
    CreateSecret: (input) => {
      const { Name, SecretString } = parseInput(createSecret, input);
      const before = store.look(Name);
      if (before?.deletedMs !== undefined) throw invalidRequest(NAME_TAKEN);
      if (before !== undefined) {
        throw new ServiceError(
          'ResourceExistsException',
          `The operation failed because the secret ${Name} already exists.`,
        );
      }
      return identity(put(Name, SecretString));
    },
    PutSecretValue: (input) => {
      const { SecretId, SecretString } = parseInput(putSecretValue, input);
      return identity(put(findUsable(SecretId).name, SecretString));
    },
    DeleteSecret: (input) => markForDeletion(store, now(), parseInput(deleteSecret, input)),
    RestoreSecret: (input) => {
      const { deletedMs: _deleted, ...secret } = store.find(parseInput(secretId, input).SecretId);
      store.keep(secret);
      return { ARN: secret.arn, Name: secret.name };
    },
    ListSecrets: (input) => listed(store, parseInput(listSecrets, input)),
  };
}

function markForDeletion(
  { secrets, look, findUsable, keep }: Store,
  nowMs: number,
  { SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }: z.infer<typeof deleteSecret>,
): Record<string, unknown> {
  if (ForceDeleteWithoutRecovery) {
    // By force, what is not there or marked already is deleted as well.
    const { name = SecretId, arn } = look(SecretId) ?? {};
    secrets.delete(name);
    return { ...(arn !== undefined && { ARN: arn }), Name: name, DeletionDate: nowMs / 1000 };
  }
  const secret = findUsable(SecretId);
  const deletedMs = nowMs + (RecoveryWindowInDays ?? DEFAULT_WINDOW_DAYS) * DAY_MS;
  keep({ ...secret, deletedMs });
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedMs / 1000 };
}

function listed(
  { secrets, look }: Store,
  { MaxResults, NextToken = '', Filters, IncludePlannedDeletion }: z.infer<typeof listSecrets>,
): Record<string, unknown> {
  const wanted = (secret: Secret | undefined): secret is Secret =>
    secret !== undefined &&
    (IncludePlannedDeletion || secret.deletedMs === undefined) &&
    secret.name > NextToken &&
    Filters.every(({ Values }) => Values.some((value) => secret.name.startsWith(value)));
  const found = [...secrets.keys()].toSorted().map(look).filter(wanted);
  const page = found.slice(0, MaxResults);
  return {
    SecretList: page.map(describe),
    ...(found.length > MaxResults && { NextToken: page.at(-1)?.name }),
  };
}

function identity({ arn, name, versionId }: Secret): Record<string, unknown> {
  return { ARN: arn, Name: name, VersionId: versionId, VersionStages: ['AWSCURRENT'] };
}

function describe({ arn, name, createdMs, changedMs, deletedMs }: Secret): Record<string, unknown> {
  return {
    ARN: arn,
    Name: name,
    CreatedDate: createdMs / 1000,
    LastChangedDate: changedMs / 1000,
    ...(deletedMs !== undefined && { DeletedDate: deletedMs / 1000 }),
  };
}
