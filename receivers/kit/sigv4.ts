import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type HttpRequest, header } from './http-receiver.ts';

/** Requests signed longer ago, or further ahead, are refused. */
const MAX_SKEW_MS = 5 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})$/;

/** What the receiver knows of its one user. */
export interface KnownUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An AWS error name and, in our words, what was wrong with the signature. */
export interface SignatureDefect {
  readonly name: string;
  readonly why: string;
}

interface Signed {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly headers: readonly string[];
  readonly signature: string;
}

function signedOf(authorization: string): Signed | undefined {
  const found = AUTHORIZATION.exec(authorization);
  if (found === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', headers = '', signature = ''] = found;
  return { accessKeyId, date, region, service, headers: headers.split(';'), signature };
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalRequest(request: HttpRequest, signedHeaders: readonly string[]): string {
  const query = [...request.query].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const headers = signedHeaders.map((name) => {
    const value = (header(request, name) ?? '').trim().replace(/ +/g, ' ');
    return `${name}:${value}\n`;
  });
  return [
    request.method,
    request.path.split('/').map(encode).join('/'),
    query.join('&'),
    headers.join(''),
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
}

function signatureOf(request: HttpRequest, signed: Signed, secretAccessKey: string): string {
  const scope = `${signed.date}/${signed.region}/${signed.service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, signed.headers));
  const text = ['AWS4-HMAC-SHA256', header(request, 'x-amz-date'), scope, canonical].join('\n');
  const keys = [signed.date, signed.region, signed.service, 'aws4_request'];
  return hmac(keys.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`), text).toString('hex');
}

/** Epoch ms of `20260115T103000Z`; NaN if it is of another form. */
function basicTimeMs(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function invalid(why: string): SignatureDefect {
  return { name: 'InvalidSignatureException', why };
}

/** What signing must cover: the host, and every `x-amz-` header that is sent. */
function unsignedHeader(request: HttpRequest, signed: Signed): string | undefined {
  const must = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  return must.find((name) => !signed.headers.includes(name));
}

/**
 * Checks a request's Signature Version 4 (docs.aws.amazon.com, IAM user guide, "Create a signed AWS API
 * request") for the service `logs` in any region; undefined if it is right.
 */
export function signatureDefect(
  request: HttpRequest,
  user: KnownUser,
  nowMs: number,
): SignatureDefect | undefined {
  const authorization = header(request, 'authorization');
  if (authorization === undefined) {
    return { name: 'MissingAuthenticationTokenException', why: 'the request is not signed' };
  }
  const signed = signedOf(authorization);
  if (signed === undefined) {
    return { name: 'IncompleteSignatureException', why: 'Authorization is not that of Signature Version 4' };
  }
  if (signed.accessKeyId !== user.accessKeyId || header(request, 'x-amz-security-token') !== undefined) {
    return { name: 'UnrecognizedClientException', why: 'the access key or session token is unknown' };
  }
  if (signed.service !== 'logs') return invalid('the credential is scoped to another service than logs');
  const date = header(request, 'x-amz-date') ?? '';
  if (!date.startsWith(signed.date)) return invalid('the scope has another date than X-Amz-Date');
  if (!(Math.abs(nowMs - basicTimeMs(date)) <= MAX_SKEW_MS)) return invalid('the signature has expired');
  const unsigned = unsignedHeader(request, signed);
  if (unsigned !== undefined) return invalid(`${unsigned} is not signed`);
  const expected = signatureOf(request, signed, user.secretAccessKey);
  const same = timingSafeEqual(Buffer.from(expected), Buffer.from(signed.signature));
  return same ? undefined : invalid('the signature does not match');
}
