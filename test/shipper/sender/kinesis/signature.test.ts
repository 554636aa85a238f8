import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import type { FakeCall } from '../../../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';

const SECRET = 'secret-for-this-test';

const world = useShipper();

/** Signature Version 4 of a call with an empty query: docs.aws.amazon.com, IAM user guide, "Create a signed AWS API request". */
function signatureOf(call: FakeCall, signedHeaders: readonly string[], scope: string): string {
  const value = (name: string): string =>
    String(call.headers[name] ?? (name === 'host' ? call.headers[':authority'] : ''));
  const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  const headers = signedHeaders.map((name) => `${name}:${value(name)}\n`).join('');
  const canonical = ['POST', '/', '', headers, signedHeaders.join(';'), hash(call.raw)].join('\n');
  const text = ['AWS4-HMAC-SHA256', value('x-amz-date'), scope, hash(canonical)].join('\n');
  const hmac = (key: string | Buffer, data: string): Buffer =>
    createHmac('sha256', key).update(data).digest();
  return hmac(scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET}`), text).toString('hex');
}

it('signs what it sends: the body that holds the records, and its length', async () => {
  const shipper = world.start({
    args: ['run', '--', 'echo', 'signed'],
    env: { AWS_SECRET_ACCESS_KEY: SECRET },
  });
  await shipper.ended;

  expect(world.kinesis.calls.length).toBeGreaterThan(0);
  for (const call of world.kinesis.calls) {
    const authorization = call.headers.authorization ?? '';
    const {
      scope = '',
      headers = '',
      signature,
    } = /Credential=AKIATEST\/(?<scope>[^,]+), SignedHeaders=(?<headers>[^,]+), Signature=(?<signature>\w+)$/.exec(
      authorization,
    )?.groups ?? {};
    expect(signature).toBe(signatureOf(call, headers.split(';'), scope));
    expect(scope).toMatch(/^\d{8}\/us-east-1\/kinesis\/aws4_request$/);
    expect(call.headers['content-length']).toBe(String(call.raw.length));
    expect(call.headers['x-amz-target']).toBe('Kinesis_20131202.PutRecords');
  }
});
