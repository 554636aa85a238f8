/** The secrets of the Secrets Manager in memory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ServiceError } from './json-protocol.ts';

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly value: string;
  readonly versionId: string;
  readonly createdMs: number;
  readonly changedMs: number;
  /** Marked for deletion: it is gone from then on, epoch ms. */
  readonly deletedMs?: number;
}

export interface Store {
  readonly secrets: Map<string, Secret>;
  readonly put: (name: string, value: string) => Secret;
  readonly keep: (secret: Secret) => Secret;
  /** By name or full ARN, also one that is marked for deletion; undefined once that is over. */
  readonly look: (id: string) => Secret | undefined;
  /** The same; throws for one that is not there. */
  readonly find: (id: string) => Secret;
  /** The same; throws for one that is marked for deletion too. */
  readonly findUsable: (id: string) => Secret;
}

const MARKED = "You can't perform this operation on the secret because it was marked for deletion.";
export const invalidRequest = (words: string): ServiceError =>
  new ServiceError('InvalidRequestException', words);

export function createStore(region: string, now: () => number): Store {
  const secrets = new Map<string, Secret>();
  const keep = (secret: Secret): Secret => {
    secrets.set(secret.name, secret);
    return secret;
  };
  const look = (id: string): Secret | undefined => {
    const secret = secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id);
    if (secret?.deletedMs === undefined || secret.deletedMs > now()) return secret;
    secrets.delete(secret.name);
    return undefined;
  };
  const find = (id: string): Secret => {
    const secret = look(id);
    if (secret !== undefined) return secret;
    throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };
  return {
    secrets,
    keep,
    put: (name, value) => {
      const before = secrets.get(name);
      // Six random characters end every secret's ARN, of a secret made again under its name too.
      const suffix = randomBytes(3).toString('hex');
      return keep({
        name,
        arn: before?.arn ?? `arn:aws:secretsmanager:${region}:000000000000:secret:${name}-${suffix}`,
        value,
        versionId: randomUUID(),
        createdMs: before?.createdMs ?? now(),
        changedMs: now(),
      });
    },
    look,
    find,
    findUsable: (id) => {
      const secret = find(id);
      if (secret.deletedMs !== undefined) throw invalidRequest(MARKED);
      return secret;
    },
  };
}
