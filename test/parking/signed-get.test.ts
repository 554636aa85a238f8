import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createS3BucketWith } from '../../shared/parking/s3-bucket.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

let close: (() => void) | undefined;
afterEach(() => {
  close?.();
  close = undefined;
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(answer: Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
  return { requests, bucket: createS3BucketWith('parking', { endpoint, region: 'eu-west-1', credentials }) };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The signature by the documentation: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function expectedSignature({ url = '', headers }: IncomingMessage): string {
  const [, scope = '', names = ''] =
    /Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+), Signature=/.exec(headers.authorization ?? '') ?? [];
  const [path = '', query = ''] = url.split('?');
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = ['GET', path, query, lines.join(''), names, headers['x-amz-content-sha256']].join('\n');
  const date = String(headers['x-amz-date']);
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const [day = '', region = '', service = '', end = ''] = scope.split('/');
  const key = [region, service, end].reduce(hmac, hmac(`AWS4${SECRET}`, day));
  return hmac(key, text).toString('hex');
}

const FOUND: Answer = (_request, response) => void response.setHeader('etag', '"e"').end('body');

describe('a GET', () => {
  it('is signed as S3 asks for, whatever is in the key', async () => {
    const { bucket, requests } = await serve(FOUND);

    const read = await bucket.get("aws/lambda/m-1/shard/it's (1)*!:+&=ü.json");

    expect(read).toEqual({ body: 'body', etag: '"e"' });
    const [request] = requests;
    expect(requests).toHaveLength(1);
    expect(request?.url).toBe('/parking/aws/lambda/m-1/shard/it%27s%20%281%29%2A%21%3A%2B%26%3D%C3%BC.json');
    expect(request?.headers.authorization).toContain(
      `Signature=${expectedSignature(request as IncomingMessage)}`,
    );
    // Without the client's other layers.
    expect(request?.headers['user-agent']).toBeUndefined();
  });

  it('that fails is tried again by the client', async () => {
    let calls = 0;
    const { bucket, requests } = await serve((request, response) => {
      calls += 1;
      if (calls === 1) response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      else FOUND(request, response);
    });

    const read = await bucket.get('k');

    expect(read).toEqual({ body: 'body', etag: '"e"' });
    expect(requests.map(({ headers }) => headers['user-agent'] !== undefined)).toEqual([false, true]);
  });

  it('of an object that is not there is no trouble', async () => {
    const { bucket, requests } = await serve((_request, response) => {
      response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
    });

    expect(await bucket.get('k')).toBeUndefined();
    expect(requests).toHaveLength(1);
  });
});
