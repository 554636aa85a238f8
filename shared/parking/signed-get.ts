import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Pool } from 'undici';
import { proxyFor, readProxy } from '../proxy/proxy-for.ts';
import type { Stored } from './bucket.ts';

/** Reads an object: `absent` if there is none, undefined if that did not work, so that the client has to. */
export type SignedGet = (key: string) => Promise<Stored | 'absent' | undefined>;

/** The parts of a request of the SDK's that are the same for each object of a bucket. */
interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  /** Up to the key. */
  readonly path: string;
}

interface Place {
  readonly address: Address;
  readonly pool: Pool;
}

const TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 32;
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * GETs with the client's endpoint, credentials and signer, but over undici and without the client's other layers: those
 * take most of the processor time of a redrive, which reads an object for every few lines. Behind a proxy it stands back.
 */
export function createSignedGet(client: S3Client, bucket: string): SignedGet {
  let place: Promise<Place | undefined> | undefined;

  async function get(key: string): Promise<Stored | 'absent' | undefined> {
    place ??= placeOf(client, bucket);
    const found = await place;
    if (found === undefined) return undefined;
    const { address, pool } = found;
    const path = `${address.path}${key.split('/').map(escaped).join('/')}`;
    const signer = await client.config.signer();
    const { hostname, port, protocol } = address;
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const given = { host, 'x-amz-content-sha256': EMPTY_SHA256 };
    const signed = await signer.sign({ method: 'GET', protocol, hostname, path, query: {}, headers: given });
    const { statusCode, headers, body } = await pool.request({
      method: 'GET',
      path,
      headers: signed.headers,
    });
    const text = await body.text();
    if (statusCode === 404) return 'absent';
    return statusCode === 200 ? { body: text, etag: String(headers['etag'] ?? '') } : undefined;
  }

  return async (key) => {
    try {
      return await get(key);
    } catch {
      place = undefined;
      return undefined;
    }
  };
}

/** A part of a key as it stands in a signed path, where fewer characters stay than in a URL. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Where the client would send the request; undefined behind a proxy. */
async function placeOf(client: S3Client, bucket: string): Promise<Place | undefined> {
  const address = await addressOf(client, bucket);
  const { protocol, hostname, port } = address;
  const origin = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
  if (protocol === 'https:' && proxyFor(origin, readProxy()) !== undefined) return undefined;
  const pool = new Pool(origin, {
    connections: MAX_CONNECTIONS,
    connect: { timeout: 3_000 },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  return { address, pool };
}

/** Has the client prepare a request, and takes it before it is sent. */
async function addressOf(client: S3Client, bucket: string): Promise<Address> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: 'k' });
  let address: Address | undefined;
  command.middlewareStack.add(
    () => async (args) => {
      const { protocol, hostname, port, path } = args.request as Address;
      address = { protocol, hostname, port, path: path.slice(0, -1) };
      return { response: {}, output: { $metadata: {} } };
    },
    { step: 'finalizeRequest', priority: 'high' },
  );
  await client.send(command);
  if (address === undefined) throw new TypeError('the client prepared no request');
  return address;
}
