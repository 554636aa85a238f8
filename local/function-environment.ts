import { FEW_ARENAS } from '../shared/settings/function-environment.ts';
import { type Access, newAccess } from './aws/access.ts';

export const REGION = 'us-east-1';
export const PARKING_BUCKET = 'log-drain-parking';
const DRAIN_NAME = 'local';

export interface Endpoints {
  readonly secretsManager: string;
  readonly s3: string;
}

/** Credentials for stand-ins; by default new ones, for those that take any. */
export function standInCredentials(access: Access = newAccess()): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  };
}

/** Two minutes, for someone who watches. */
export const STALL_LIMIT_SECONDS = '120';

/** A function's environment as deployed, but for endpoints, a shorter patience, and that it may reach this machine. */
export function functionEnvironment(endpoints: Endpoints, access?: Access): Record<string, string> {
  return {
    ...standInCredentials(access),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    SECRET_PREFIX: 'log-drain',
    PARKING_BUCKET,
    STALL_LIMIT_SECONDS,
    ISOLATION_LIMIT_SECONDS: '10',
    ALLOW_PRIVATE_DESTINATIONS: '1',
    POWERTOOLS_SERVICE_NAME: DRAIN_NAME,
    ...FEW_ARENAS,
  };
}
