import type { Network } from '../destination/network.ts';
import { sdkRequestHandler } from '../http/sdk-handler.ts';

/** Puts one object; throws what the store answers, or that the signal has aborted. */
export type PutObject = (key: string, body: string, signal: AbortSignal) => Promise<void>;

/** The parking bucket in S3: one uncompressed PutObject each. The client is loaded when first needed. */
export function createPutObject(
  bucket: string,
  region: string | undefined,
  { lookup }: Pick<Network, 'lookup'>,
): PutObject {
  let put: Promise<PutObject> | undefined;

  async function connect(): Promise<PutObject> {
    const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      ...(region === undefined ? {} : { region }),
      maxAttempts: 2,
      // Stand-ins by address or plain host name have no name for each bucket.
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      requestHandler: sdkRequestHandler(2_000, lookup),
    });
    return async (key, body, abortSignal) => {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }),
        { abortSignal },
      );
    };
  }

  return async (key, body, signal) => {
    put ??= connect();
    return (await put)(key, body, signal);
  };
}
