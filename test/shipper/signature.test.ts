import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltCli, buildTemporaryCli } from '../helpers/built-cli.ts';
import { type FakeCall, type FakeKinesis, startFakeKinesis } from '../helpers/fake-kinesis.ts';
import { startShipper } from '../helpers/shipper-process.ts';

const SECRET = 'secret-for-this-test';

let cli: BuiltCli;
let kinesis: FakeKinesis;

beforeAll(async () => {
  cli = await buildTemporaryCli();
  kinesis = await startFakeKinesis();
});
afterAll(async () => {
  await kinesis.close();
  await cli.remove();
});

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
  const shipper = startShipper({
    entry: cli.entry,
    kinesis,
    args: ['run', '--', 'echo', 'signed'],
    env: { AWS_SECRET_ACCESS_KEY: SECRET },
  });
  await shipper.ended;

  expect(kinesis.calls.length).toBeGreaterThan(0);
  for (const call of kinesis.calls) {
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
