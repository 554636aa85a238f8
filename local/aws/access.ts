import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { HttpResponse } from './http-message.ts';

/** Credentials of one run, given to our own processes alone. */
export interface Access {
  /** Nobody guesses it, and the SDK sends it with every request: who has it is one of ours. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function newAccess(): Access {
  return {
    accessKeyId: `AKIALOCAL${randomBytes(16).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

type Headers = Readonly<Record<string, string>>;

/**
 * This machine by address or by name, `*.localhost` included, which no name server answers for (RFC 6761); and the names of
 * buckets, which Amazon alone answers for.
 */
const THIS_MACHINE =
  /^(?:127\.0\.0\.1|\[::1\]|(?:[\w.-]+\.)?localhost|[\w.-]+\.s3(?:[.-][\w-]+)?\.amazonaws\.com)(?::\d+)?$/i;

/** A page in a browser can make another name lead here (DNS rebinding), but it cannot hide that name. */
const OTHER_NAME: HttpResponse = { status: 421, body: 'this server answers to names of this machine only\n' };

/** The answer to a request that is not to be served, `refused` for one without the right credentials; undefined if it is. */
export function refusalOf(
  headers: Headers,
  access: Access | undefined,
  refused: HttpResponse,
): HttpResponse | undefined {
  if (!THIS_MACHINE.test(headers['host'] ?? '')) return OTHER_NAME;
  return access === undefined || isSignedWith(access, headers) ? undefined : refused;
}

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
const CREDENTIAL = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//;

function isSignedWith({ accessKeyId }: Access, headers: Headers): boolean {
  const given = Buffer.from(CREDENTIAL.exec(headers['authorization'] ?? '')?.[1] ?? '');
  const wanted = Buffer.from(accessKeyId);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
