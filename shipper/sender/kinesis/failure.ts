import type { StreamAddress } from '../../protocol/messages.ts';

/** A failed call in plain words, without the service's own, which may name keys and users. */
export interface Trouble {
  readonly text: string;
  /** A fresh client may do better: its connection or its credentials are in doubt. */
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
/** The SDK corrects its clock from these answers, so its client is kept. */
const CLOCK = new Set([
  'InvalidSignatureException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** Names the trouble behind an error that the SDK threw. */
export function nameTrouble(error: unknown, { name, region }: StreamAddress): Trouble {
  const { code, status } = readError(error);
  if (code === 'ResourceNotFoundException') {
    const where = region === undefined ? '' : ` in ${region}`;
    return {
      text: `there is no Kinesis stream "${name}"${where}: create it or correct LOG_DRAIN_STREAM`,
      renew: false,
    };
  }
  if (code === 'AccessDeniedException' || code.startsWith('KMS')) {
    if (THROTTLING.has(code)) return { text: 'Kinesis slows us down (KMS is throttled)', renew: false };
    return {
      text: `writing to stream "${name}" is not allowed (${code}): grant kinesis:PutRecords and its key's use`,
      renew: true,
    };
  }
  if (CREDENTIALS.has(code)) {
    return {
      text: `AWS credentials are missing, invalid or expired (${code}): provide valid ones`,
      renew: true,
    };
  }
  if (CLOCK.has(code))
    return { text: `Kinesis refuses our signature (${code}): check keys and clock`, renew: false };
  if (THROTTLING.has(code))
    return { text: 'Kinesis slows us down: the stream needs more shards', renew: false };
  if (/region is missing/i.test(error instanceof Error ? error.message : '')) {
    return { text: 'the AWS region is not known: set AWS_REGION or give the stream as an ARN', renew: true };
  }
  if (status !== undefined) return { text: `Kinesis answers ${status} (${code})`, renew: status >= 500 };
  return { text: `Kinesis cannot be reached (${code}): check network, endpoint and proxy`, renew: true };
}

/** A thrown value's name or error code, and the HTTP status of the answer if there was one. */
function readError(error: unknown): { readonly code: string; readonly status: number | undefined } {
  if (!(error instanceof Error)) return { code: 'unknown error', status: undefined };
  // An HTTP/2 request fails with its session, whose own error is the cause.
  const origin = error.cause instanceof Error ? error.cause : error;
  const system = 'code' in origin && typeof origin.code === 'string' ? origin.code : undefined;
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return { code: system ?? error.name, status: typeof status === 'number' ? status : undefined };
}
