import type { StreamAddress } from '../../protocol/messages.ts';

/** A failed call, in plain words of our own: the service's words may contain keys and users. */
export interface CallFailure {
  readonly reason: string;
  /** The client's connection or credentials are in doubt: a fresh client may work. */
  readonly renew: boolean;
}

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidClientTokenId',
  'InvalidIdentityToken',
  'MissingAuthenticationTokenException',
  'TokenProviderError',
  'UnrecognizedClientException',
]);
const THROTTLING = new Set([
  'KMSThrottlingException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestThrottled',
  'ThrottlingException',
  'TooManyRequestsException',
]);
/** The SDK corrects its clock by these answers, so its client is kept. */
const CLOCK = new Set([
  'InvalidSignatureException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** Describes an error that the SDK threw. */
export function describeFailure(error: unknown, { name, region }: StreamAddress): CallFailure {
  const { code, status } = readError(error);
  if (code === 'ResourceNotFoundException') {
    const where = region === undefined ? '' : ` in ${region}`;
    return {
      reason: `there is no Kinesis stream "${name}"${where}: create it or correct LOG_DRAIN_STREAM`,
      renew: false,
    };
  }
  if (code === 'AccessDeniedException' || code.startsWith('KMS')) {
    if (THROTTLING.has(code)) return { reason: 'Kinesis slows us down (KMS is throttled)', renew: false };
    return {
      reason: `writing to stream "${name}" is not allowed (${code}): grant kinesis:PutRecords and its key's use`,
      renew: true,
    };
  }
  if (CREDENTIALS.has(code)) {
    return {
      reason: `AWS credentials are missing, invalid or expired (${code}): provide valid ones`,
      renew: true,
    };
  }
  if (CLOCK.has(code))
    return { reason: `Kinesis refuses our signature (${code}): check keys and clock`, renew: false };
  if (THROTTLING.has(code))
    return { reason: 'Kinesis slows us down: the stream needs more shards', renew: false };
  if (/region is missing/i.test(error instanceof Error ? error.message : '')) {
    return {
      reason: 'the AWS region is not known: set AWS_REGION or give the stream as an ARN',
      renew: true,
    };
  }
  if (status !== undefined) return { reason: `Kinesis answers ${status} (${code})`, renew: status >= 500 };
  return { reason: `Kinesis cannot be reached (${code}): check network, endpoint and proxy`, renew: true };
}

/** The error code or the name of a thrown value, and the HTTP status if there was an answer. */
function readError(error: unknown): { readonly code: string; readonly status: number | undefined } {
  if (!(error instanceof Error)) return { code: 'unknown error', status: undefined };
  // If an HTTP/2 request fails with its session, the session's error is the cause.
  const rootError = error.cause instanceof Error ? error.cause : error;
  const system = 'code' in rootError && typeof rootError.code === 'string' ? rootError.code : undefined;
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return { code: system ?? error.name, status: typeof status === 'number' ? status : undefined };
}
