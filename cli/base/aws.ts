import { CommandProblem } from './errors.ts';

/** What a call is for, in words, and the permission it needs. */
export interface Purpose {
  /** After "cannot": `read the secret x`. */
  readonly what: string;
  /** IAM action. */
  readonly action: string;
}

const CREDENTIALS =
  'no AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
const UNKNOWN_CREDENTIALS =
  'AWS does not accept these credentials. Check AWS_PROFILE, the keys and the region';
const EXPIRED = 'the AWS credentials have expired. Sign in again, for example with "aws sso login"';

const WORDS: Readonly<Record<string, string>> = {
  CredentialsProviderError: CREDENTIALS,
  TokenProviderError: EXPIRED,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  RequestExpired: EXPIRED,
  UnrecognizedClientException: UNKNOWN_CREDENTIALS,
  InvalidClientTokenId: UNKNOWN_CREDENTIALS,
  InvalidAccessKeyId: UNKNOWN_CREDENTIALS,
  InvalidSignatureException: UNKNOWN_CREDENTIALS,
  SignatureDoesNotMatch: UNKNOWN_CREDENTIALS,
};

const NETWORK = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE']);

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What went wrong with a call to AWS, and what to do next. */
export function awsWords(error: unknown, { what, action }: Purpose): string {
  if (!(error instanceof Error)) return `cannot ${what}`;
  const known = WORDS[error.name];
  if (known !== undefined) return `cannot ${what}: ${known}`;
  if (/^AccessDenied|^Forbidden|^NotAuthorized/.test(error.name)) {
    return `cannot ${what}: AWS does not allow it (${error.name}). Ask for the permission ${action}`;
  }
  if (error.message === 'Region is missing') {
    return `cannot ${what}: no AWS region is set. Set AWS_REGION`;
  }
  const code = codeOf(error);
  if (error.name === 'TimeoutError' || NETWORK.has(code)) {
    return `cannot ${what}: AWS was not reached (${code || error.name}). Check the network, the region and AWS_ENDPOINT_URL`;
  }
  const [words = ''] = error.message.split('\n');
  return `cannot ${what}: ${error.name}: ${words.slice(0, 300)}`;
}

/** Calls AWS; an error becomes words. */
export async function callAws<T>(purpose: Purpose, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new CommandProblem(awsWords(error, purpose), { cause: error });
  }
}

/** By its name, whatever the client. */
export function isAwsError(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
