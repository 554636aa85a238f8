import { afterEach, describe, expect, it } from 'vitest';
import { createAskServers } from '../../shared/names/servers.ts';
import { type NameServer, openNameServer, type Saying } from '../helpers/name-server.ts';

const open: NameServer[] = [];
async function server(say: (name: string, type: string) => Saying): Promise<NameServer> {
  const one = await openNameServer(say);
  open.push(one);
  return one;
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('name servers', () => {
  it('are asked for the addresses of one family', async () => {
    const { address, asked } = await server(() => ['192.0.2.1', '192.0.2.2', '2001:db8::1']);
    const ask = createAskServers([address]);

    expect(await ask('a.example', 4)).toEqual([
      { address: '192.0.2.1', ttl: 30 },
      { address: '192.0.2.2', ttl: 30 },
    ]);
    expect(await ask('a.example', 6)).toEqual([{ address: '2001:db8::1', ttl: 30 }]);
    // What is remembered is not up to c-ares.
    await ask('a.example', 4);
    expect(asked).toEqual(['a.example A', 'a.example AAAA', 'a.example A']);
  });

  it.each([
    ['no-such-name', 'ENOTFOUND'],
    [[], 'ENODATA'],
    ['failed', 'ESERVFAIL'],
    ['silence', 'ETIMEOUT'],
  ] as const)('that say %j', async (saying, code) => {
    const { address } = await server(() => saying);

    await expect(createAskServers([address])('a.example', 4)).rejects.toMatchObject({ code });
  });

  it('take their turns, so that one that is silent is done without', async () => {
    const silent = await server(() => 'silence');
    const other = await server(() => ['192.0.2.1']);

    expect(await createAskServers([silent.address, other.address])('a.example', 4)).toHaveLength(1);
  });

  it('are waited for by a hundred names while others are told', async () => {
    const { address } = await server((name) => (name.startsWith('silent') ? 'silence' : ['192.0.2.1']));
    const ask = createAskServers([address]);
    const silent = Promise.allSettled(Array.from({ length: 100 }, (_, at) => ask(`silent${at}.example`, 4)));
    let isSilentOver = false;
    void silent.then(() => (isSilentOver = true));

    for (let at = 0; at < 20; at += 1) expect(await ask(`told${at}.example`, 4)).toHaveLength(1);

    expect(isSilentOver).toBe(false);
    expect((await silent).every(({ status }) => status === 'rejected')).toBe(true);
  });
});
