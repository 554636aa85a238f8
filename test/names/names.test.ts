import { describe, expect, it } from 'vitest';
import { createNames } from '../../shared/names/names.ts';
import type { Answer } from '../../shared/names/servers.ts';
import { createSimulatedClock, type SimulatedClock } from '../helpers/shipper/simulated-clock.ts';

type Says = readonly Answer[] | string | Promise<readonly Answer[]>;

const NEVER = new Promise<never>(() => {});

/** Names whose servers are a function: addresses, or a code of c-ares. */
function openNames(
  says: (name: string, family: 4 | 6) => Says,
  files: { hosts?: string; resolvConf?: string } = {},
) {
  const clock = createSimulatedClock();
  const asked: string[] = [];
  const { hosts = '', resolvConf = '' } = files;
  const find = createNames({
    clock,
    readFiles: () => ({ hosts, resolvConf }),
    ask: async (name, family) => {
      asked.push(`${name} ${family}`);
      const said = await says(name, family);
      if (typeof said === 'string') throw Object.assign(new Error(said), { code: said });
      return said;
    },
  });
  const addressesOf = async (name: string, family?: 4 | 6): Promise<readonly string[] | string> =>
    find(name, family).then(
      (found) => found.map(({ address }) => address),
      ({ code }: { code: string }) => code,
    );
  return { clock, asked, addressesOf };
}

/** Lets time pass until the promise is settled. */
async function within<T>(
  clock: SimulatedClock,
  promise: Promise<T>,
): Promise<{ readonly value: T; readonly tookMs: number }> {
  const startedMs = clock.now();
  const settled: T[] = [];
  void promise.then((value) => settled.push(value));
  await clock.advance(0);
  while (settled.length === 0) await clock.advanceToNext();
  return { value: settled[0] as T, tookMs: clock.now() - startedMs };
}

const ADDRESSES = (_: string, family: 4 | 6): Says =>
  family === 4 ? [{ address: '192.0.2.1', ttl: 20 }] : [{ address: '2001:db8::1', ttl: 300 }];

describe('a name', () => {
  it('has its addresses of both families, IPv4 first, or of the one that is wanted', async () => {
    const { addressesOf } = openNames(ADDRESSES);

    expect(await addressesOf('a.example')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await addressesOf('a.example', 6)).toEqual(['2001:db8::1']);
  });

  it.each([
    ['ENOTFOUND', 'ENOTFOUND'],
    ['ENODATA', 'ENOTFOUND'],
    ['ESERVFAIL', 'EAI_AGAIN'],
    ['ETIMEOUT', 'EAI_AGAIN'],
    ['ECONNREFUSED', 'EAI_AGAIN'],
    ['EREFUSED', 'EAI_AGAIN'],
  ])('of which servers say %s fails with %s', async (said, code) => {
    const { addressesOf } = openNames(() => said);

    expect(await addressesOf('a.example')).toBe(code);
  });

  it('whose server is silent fails after 2 s', async () => {
    const { clock, addressesOf } = openNames(() => NEVER);

    expect(await within(clock, addressesOf('a.example'))).toEqual({ value: 'EAI_AGAIN', tookMs: 2_000 });
  });

  it('does without the family of which nobody tells', async () => {
    const { clock, addressesOf } = openNames((name, family) => (family === 6 ? NEVER : ADDRESSES(name, 4)));

    expect(await within(clock, addressesOf('a.example'))).toEqual({ value: ['192.0.2.1'], tookMs: 250 });
  });

  it('has one family where the other has failed', async () => {
    const { addressesOf } = openNames((name, family) => (family === 4 ? 'ESERVFAIL' : ADDRESSES(name, 6)));

    expect(await addressesOf('a.example')).toEqual(['2001:db8::1']);
  });

  it('is asked for once at a time, and again when its answer is no longer good', async () => {
    const { clock, asked, addressesOf } = openNames(ADDRESSES);

    await Promise.all([addressesOf('a.example'), addressesOf('A.Example'), addressesOf('b.example')]);
    expect(asked).toHaveLength(4);
    await clock.advance(19_000);
    await addressesOf('a.example');
    expect(asked).toHaveLength(4);
    await clock.advance(1_000);
    await addressesOf('a.example');
    expect(asked).toHaveLength(6);
  });

  it.each([
    [0, 5_000],
    [86_400, 60_000],
  ])('whose answer is good for %i s is remembered for %i ms', async (ttl, rememberedMs) => {
    const { clock, asked, addressesOf } = openNames((_, family) =>
      family === 4 ? [{ address: '192.0.2.1', ttl }] : 'ENODATA',
    );

    await addressesOf('a.example');
    await clock.advance(rememberedMs - 1);
    await addressesOf('a.example');
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    await addressesOf('a.example');
    expect(asked).toHaveLength(4);
  });

  it('that failed is asked for again after 5 s', async () => {
    const { clock, asked, addressesOf } = openNames(() => 'ESERVFAIL');

    await addressesOf('a.example');
    await clock.advance(4_999);
    expect(await addressesOf('a.example')).toBe('EAI_AGAIN');
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    await addressesOf('a.example');
    expect(asked).toHaveLength(4);
  });

  it('that failed while all stood still is asked for again at once', async () => {
    const { clock, asked, addressesOf } = openNames(() => NEVER);
    const first = addressesOf('a.example');
    await clock.advance(1_000);
    clock.jump(60_000);

    expect((await within(clock, first)).value).toBe('EAI_AGAIN');
    void addressesOf('a.example');
    await clock.advance(0);
    expect(asked).toHaveLength(4);
  });
});

describe('names of the machine', () => {
  it.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['api.localhost', ['127.0.0.1', '::1']],
    ['LOCALHOST.', ['127.0.0.1', '::1']],
    ['db', ['10.0.0.7', 'fd00::7']],
    ['db.internal', ['10.0.0.7']],
  ])('%j: nobody is asked', async (name, expected) => {
    const { asked, addressesOf } = openNames(ADDRESSES, { hosts: '10.0.0.7 db.internal db\nfd00::7 db\n' });

    expect(await addressesOf(name)).toEqual(expected);
    expect(asked).toEqual([]);
  });

  it('are those of the files as they are by now', async () => {
    const files = { hosts: '10.0.0.7 db', resolvConf: '' };
    const clock = createSimulatedClock();
    const find = createNames({ clock, readFiles: () => files, ask: async () => [] });

    files.hosts = '10.0.0.8 db';
    await clock.advance(5_000);

    expect(await find('db')).toEqual([{ address: '10.0.0.8', family: 4 }]);
  });
});

describe('the search list', () => {
  it('is gone through until a name has an address, past servers that failed', async () => {
    const says = (name: string, family: 4 | 6): Says =>
      name === 'hec.c.test' ? ADDRESSES(name, family) : name === 'hec.b.test' ? 'ESERVFAIL' : 'ENOTFOUND';
    const { asked, addressesOf } = openNames(says, { resolvConf: 'search a.test b.test c.test' });

    expect(await addressesOf('hec')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(asked).toEqual([
      'hec.a.test 4',
      'hec.a.test 6',
      'hec.b.test 4',
      'hec.b.test 6',
      'hec.c.test 4',
      'hec.c.test 6',
    ]);
  });

  it('takes 2 s in all', async () => {
    const { clock, addressesOf } = openNames(() => NEVER, { resolvConf: 'search a.test b.test c.test' });

    expect(await within(clock, addressesOf('hec'))).toEqual({ value: 'EAI_AGAIN', tookMs: 2_000 });
  });
});
