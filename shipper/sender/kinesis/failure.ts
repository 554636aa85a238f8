import type { StreamAddress } from '../../protocol/messages.ts';

/** Why records were not accepted, in plain words of our own: the service's words may contain keys and users. */
export interface Failure {
  readonly reason: string;
  /** It is Kinesis' own and mostly over within seconds: throttling, a fault inside. */
  readonly passes: boolean;
}

/** A failed call. */
export interface CallFailure extends Failure {
  /** The client's connection is in doubt: a fresh client may work. */
  readonly renew: boolean;
  /** The credentials were not accepted: others may be. */
  readonly newCredentials: boolean;
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

const LASTS = { passes: false, renew: false, newCredentials: false } as const;

/** Describes an error that the SDK threw. */
export function describeFailure(error: unknown, stream: StreamAddress): CallFailure {
  if (error instanceof Error && error.name === 'EnvironmentError') {
    return { ...LASTS, reason: error.message.replace(/\.$/, '') };
  }
  const { code, status } = readError(error);
  const known = describeCode(code, stream);
  if (known !== undefined) return known;
  if (/region is missing/i.test(error instanceof Error ? error.message : '')) {
    const reason = 'the AWS region is not known: set AWS_REGION or give the stream as an ARN';
    return { ...LASTS, reason, renew: true };
  }
  if (status !== undefined) {
    const fault = status >= 500;
    return { ...LASTS, reason: `Kinesis answers ${status} (${code})`, passes: fault, renew: fault };
  }
  return { ...LASTS, reason: describeConnection(code, error), renew: true };
}

/** Why a record was refused, by the error code of its entry in the answer; undefined: there is no such entry. */
export function describeEntry(errorCode: string | undefined, stream: StreamAddress): Failure {
  if (errorCode === undefined) return { reason: 'Kinesis does not answer for all records', passes: true };
  const code = plainCode(errorCode);
  const known = describeCode(code, stream);
  return known ?? { reason: `Kinesis refuses records (${code})`, passes: true };
}

function describeCode(code: string, { name, region }: StreamAddress): CallFailure | undefined {
  if (THROTTLING.has(code)) {
    return { ...LASTS, passes: true, reason: 'Kinesis slows us down: the stream needs more shards' };
  }
  if (code === 'KMSThrottlingException') {
    return { ...LASTS, passes: true, reason: 'Kinesis slows us down (KMS is throttled)' };
  }
  if (code === 'InternalFailure') {
    const reason = 'Kinesis has a fault of its own (InternalFailure): it is tried again until that is over';
    return { ...LASTS, passes: true, reason, renew: true };
  }
  if (code === 'ResourceNotFoundException') {
    const where = region === undefined ? '' : ` in ${region}`;
    const reason = `there is no Kinesis stream "${name}"${where}: create it or correct LOG_DRAIN_STREAM`;
    return { ...LASTS, reason };
  }
  if (code === 'AccessDeniedException' || code.startsWith('KMS')) {
    const reason = `writing to stream "${name}" is not allowed (${code}): grant kinesis:PutRecords and its key's use`;
    return { ...LASTS, reason, renew: true, newCredentials: true };
  }
  if (CREDENTIALS.has(code)) {
    const reason = `AWS credentials are missing, invalid or expired (${code}): provide valid ones`;
    return { ...LASTS, reason, renew: true, newCredentials: true };
  }
  if (!CLOCK.has(code)) return undefined;
  return { ...LASTS, reason: `Kinesis refuses our signature (${code}): check keys and clock` };
}

/** No answer came. */
function describeConnection(code: string, error: unknown): string {
  if (code === 'PROXY_REFUSED') {
    const status =
      error instanceof Error && 'proxyStatus' in error ? ` with ${Number(error.proxyStatus)}` : '';
    return `the proxy refuses to connect to Kinesis${status}: check its name and password in HTTPS_PROXY, and its rules`;
  }
  if (code === 'NOT_HTTP') {
    return 'what answers at the endpoint of Kinesis speaks neither HTTP/2 nor HTTP/1.1: check the address and port';
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|^EPROTO$/.test(code)) {
    return `Kinesis cannot be reached (${code}): the endpoint or the proxy does not speak TLS, check https:// and port`;
  }
  return `Kinesis cannot be reached (${code}): check network, endpoint and proxy`;
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
  return { code: plainCode(system ?? error.name), status: typeof status === 'number' ? status : undefined };
}

/** The peer may put anything in its place. */
function plainCode(code: string): string {
  return /^[\w.:# -]{1,80}$/.test(code) ? code : 'unknown error';
}
