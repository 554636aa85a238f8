/** A Secrets Manager in memory, for the real SDK in front. */
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createFaults, type Faults } from '../../receivers/kit/faults.ts';
import { jsonErrorBody, jsonService, type Operations, parseInput, ServiceError } from './json-protocol.ts';
import { startHttpServer } from './server.ts';

export interface SecretsManagerOptions {
  readonly region?: string;
  readonly faults?: Faults;
  /** Clock, epoch ms. */
  readonly now?: () => number;
}

export interface SecretsManager {
  readonly endpoint: string;
  readonly faults: Faults;
  /** Creates or replaces a secret's value. */
  readonly set: (name: string, value: string) => void;
  readonly remove: (name: string) => void;
  /** The current value. */
  readonly get: (name: string) => string | undefined;
  /** GetSecretValue calls that were answered, found or not. */
  readonly reads: () => number;
  readonly close: () => Promise<void>;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly value: string;
  readonly versionId: string;
  readonly createdMs: number;
  readonly changedMs: number;
}

const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const secretId = z.object({ SecretId: z.string().min(1).max(2048) });
const createSecret = z.object({ Name: z.string().regex(NAME), SecretString: z.string().max(65_536) });
const putSecretValue = secretId.extend({ SecretString: z.string().max(65_536) });
const listSecrets = z.object({
  MaxResults: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  Filters: z
    .array(z.object({ Key: z.enum(['name', 'all']), Values: z.array(z.string()).min(1) }))
    .default([]),
});

interface Store {
  readonly secrets: Map<string, Secret>;
  readonly put: (name: string, value: string) => Secret;
  /** By name or full ARN. */
  readonly find: (id: string) => Secret;
}

export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<SecretsManager> {
  const { region = 'us-east-1', faults = createFaults(), now = Date.now } = options;
  const store = createStore(region, now);
  let reads = 0;
  const handle = jsonService(
    'secretsmanager',
    operations(store, () => {
      reads += 1;
    }),
  );
  const { endpoint, close } = await startHttpServer({ handle, faults, errorBody: jsonErrorBody });
  return {
    endpoint,
    faults,
    set: store.put,
    remove: (name) => void store.secrets.delete(name),
    get: (name) => store.secrets.get(name)?.value,
    reads: () => reads,
    close,
  };
}

function createStore(region: string, now: () => number): Store {
  const secrets = new Map<string, Secret>();
  return {
    secrets,
    put: (name, value) => {
      const before = secrets.get(name);
      // Six random characters end every secret's ARN, of a secret made again under its name too.
      const suffix = randomBytes(3).toString('hex');
      const secret = {
        name,
        arn: before?.arn ?? `arn:aws:secretsmanager:${region}:000000000000:secret:${name}-${suffix}`,
        value,
        versionId: randomUUID(),
        createdMs: before?.createdMs ?? now(),
        changedMs: now(),
      };
      secrets.set(name, secret);
      return secret;
    },
    find: (id) => {
      const secret = secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id);
      if (secret !== undefined) return secret;
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    },
  };
}

function operations({ secrets, put, find }: Store, onRead: () => void): Operations {
  return {
    GetSecretValue: (input) => {
      onRead();
      const secret = find(parseInput(secretId, input).SecretId);
      return { ...identity(secret), SecretString: secret.value, CreatedDate: secret.changedMs / 1000 };
    },
    CreateSecret: (input) => {
      const { Name, SecretString } = parseInput(createSecret, input);
      if (secrets.has(Name)) {
        throw new ServiceError(
          'ResourceExistsException',
          `The operation failed because the secret ${Name} already exists.`,
        );
      }
      return identity(put(Name, SecretString));
    },
    PutSecretValue: (input) => {
      const { SecretId, SecretString } = parseInput(putSecretValue, input);
      return identity(put(find(SecretId).name, SecretString));
    },
    DeleteSecret: (input) => {
      const { name, arn } = find(parseInput(secretId, input).SecretId);
      secrets.delete(name);
      return { ARN: arn, Name: name };
    },
    ListSecrets: (input) => {
      const { MaxResults, NextToken = '', Filters } = parseInput(listSecrets, input);
      const wanted = (name: string): boolean =>
        name > NextToken && Filters.every(({ Values }) => Values.some((value) => name.startsWith(value)));
      const names = [...secrets.keys()].filter(wanted).toSorted();
      const page = names.slice(0, MaxResults);
      return {
        SecretList: page.map((name) => describe(find(name))),
        ...(names.length > MaxResults && { NextToken: page.at(-1) }),
      };
    },
  };
}

function identity({ arn, name, versionId }: Secret): Record<string, unknown> {
  return { ARN: arn, Name: name, VersionId: versionId, VersionStages: ['AWSCURRENT'] };
}

function describe({ arn, name, createdMs, changedMs }: Secret): Record<string, unknown> {
  return { ARN: arn, Name: name, CreatedDate: createdMs / 1000, LastChangedDate: changedMs / 1000 };
}
