import { createServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/syslog/destination.ts';
import { createAuthority } from '../../helpers/certificates.ts';
import { createDeliveries, createServiceClock, kinesisRecord } from '../../helpers/engine-harness.ts';
import { leaksIn } from '../../helpers/leaks.ts';
import { closeServer, listen } from '../../helpers/listen.ts';

const KEY = 'abcdef0123456789abcdef0123456789';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Settings that lead to a peer whose certificate says `word` where its name should be: so it comes back to us. */
async function echoing(word: string): Promise<Readonly<Record<string, string>>> {
  const authority = await createAuthority();
  const server = createServer(await authority.issue({ names: [`DNS:${word}`] }));
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  ends.push(() => closeServer(server));
  return { SYSLOG_ENDPOINT: `localhost:${port}`, LOGS_CA: authority.cert };
}

describe('a parked answer', () => {
  it.each([
    ['a token', { SYSLOG_TOKEN: KEY }],
    ['an ID', { SYSLOG_STRUCTURED_DATA: `${KEY}@41058` }],
    ['a value', { SYSLOG_STRUCTURED_DATA: `[logdna@48950 tags="a" key="${KEY}" ]` }],
    ['a value of a second element', { SYSLOG_STRUCTURED_DATA: `[a@1][b@2 key="${KEY}"]` }],
  ])('does not hold what a peer echoes of %s', async (_, account) => {
    const settings = await echoing(`x-${KEY}-x.example`);
    const deliveries = createDeliveries(DESTINATION, {
      clock: createServiceClock(),
      secret: () => ({ kind: 'found', text: JSON.stringify({ ...settings, ...account }) }),
    });

    await deliveries.deliver([kinesisRecord({ lines: ['a'], arrivalMs: Date.now() })]);

    const [body = ''] = [...deliveries.objects.values()];
    expect(JSON.parse(body)).toMatchObject({
      reason: 'tls-name',
      answer: expect.stringContaining('DNS:x-***-x.example'),
    });
    expect(leaksIn(`${body}${JSON.stringify(deliveries.logs)}`, [KEY])).toEqual([]);
  });
});
