import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createCredentials, type Identity } from '../../../../shipper/sender/kinesis/credentials.ts';
import { createSimulatedClock } from '../../../helpers/shipper/simulated-clock.ts';

interface Asked {
  readonly answer: (lifetimeMs?: number) => void;
  readonly fail: (error: Error) => void;
}

/** Credentials whose provider is the test; the n-th that it gives have the key `key-n`. */
function setUp() {
  const clock = createSimulatedClock({ startMs: 1_000_000 });
  const asked: Asked[] = [];
  const credentials = createCredentials(({ onAsked }) => {
    onAsked('the vault');
    const accessKeyId = `key-${asked.length}`;
    return new Promise<Identity>((resolve, reject) => {
      asked.push({
        answer: (lifetimeMs) =>
          resolve({
            accessKeyId,
            secretAccessKey: 'planted-secret',
            ...(lifetimeMs === undefined ? {} : { expiration: new Date(clock.now() + lifetimeMs) }),
          }),
        fail: reject,
      });
    });
  }, clock);
  /** The key, or what went wrong; undefined until that is known. */
  const get = () => {
    const result: { value?: string } = {};
    const wait = async (): Promise<void> => {
      try {
        result.value = (await credentials.get()).accessKeyId;
      } catch (error) {
        result.value = error instanceof Error ? error.message : '';
      }
    };
    void wait();
    return result;
  };
  const keyNow = async (): Promise<string | undefined> => {
    const result = get();
    await tick();
    return result.value;
  };
  return { clock, asked, credentials, get, keyNow };
}

describe('credentials', () => {
  it('are asked for once, however many calls wait, and kept', async () => {
    const { clock, asked, get, keyNow } = setUp();

    const waiting = [get(), get(), get()];
    await clock.advance(6_000);
    asked[0]?.answer();
    await tick();
    await clock.advance(86_400_000);

    expect(waiting.map(({ value }) => value)).toEqual(['key-0', 'key-0', 'key-0']);
    expect(await keyNow()).toBe('key-0');
    expect(asked).toHaveLength(1);
  });

  it('that do not come within a minute count as failed, and are used if they come yet', async () => {
    const { clock, asked, get, keyNow } = setUp();

    const waiting = get();
    await clock.advance(59_000);
    const before = waiting.value;
    await clock.advance(1_000);

    expect(before).toBeUndefined();
    expect(waiting.value).toBe(
      'AWS credentials have not come within 60 s (from the vault): see what holds it up',
    );
    asked[0]?.answer();
    await tick();
    expect(await keyNow()).toBe('key-0');
    expect(asked).toHaveLength(1);
  });

  it('that never come are asked for again, less and less often', async () => {
    const { clock, asked, get } = setUp();
    const times: number[] = [];

    for (let second = 0; second < 2_000; second += 10) {
      const before = asked.length;
      get();
      if (asked.length > before) times.push(second);
      await clock.advance(10_000);
    }

    expect(times).toEqual([0, 60, 180, 420, 900, 1_500]);
  });

  it('that cannot be had are told with who was asked, and nothing that it said', async () => {
    const { asked, get, keyNow } = setUp();

    const waiting = get();
    asked[0]?.fail(Object.assign(new Error('planted-secret'), { name: 'CredentialsProviderError' }));
    await tick();

    expect(waiting.value).toBe(
      'AWS credentials are missing, invalid or expired (CredentialsProviderError from the vault): provide valid ones',
    );
    // Asked again with the next call.
    expect(await keyNow()).toBeUndefined();
    asked[1]?.answer();
    expect(await keyNow()).toBe('key-1');
  });

  it('that end soon are renewed while they are used', async () => {
    const { clock, asked, get, keyNow } = setUp();

    get();
    asked[0]?.answer(3_600_000);
    await tick();
    await clock.advance(3_600_000 - 299_000);
    const during = await keyNow();
    asked[1]?.answer(3_600_000);
    await tick();

    expect(during).toBe('key-0');
    expect(await keyNow()).toBe('key-1');
    expect(asked).toHaveLength(2);
  });

  it('that have ended are not used', async () => {
    const { clock, asked, get, keyNow } = setUp();

    get();
    asked[0]?.answer(600_000);
    await tick();
    await clock.advance(600_001);
    const ended = await keyNow();
    asked[1]?.answer();
    await tick();

    expect(ended).toBeUndefined();
    expect(await keyNow()).toBe('key-1');
  });

  it('that always end soon, by our clock, are asked for twice a minute at most', async () => {
    for (const lifetimeMs of [60_000, -3_600_000]) {
      const { clock, asked, keyNow } = setUp();
      for (let second = 0; second < 120; second += 1) {
        await keyNow();
        asked.at(-1)?.answer(lifetimeMs);
        expect(await keyNow()).toMatch(/^key-/);
        await clock.advance(1_000);
      }

      expect(asked.length).toBeLessThanOrEqual(4);
    }
  });

  it('that were refused are replaced, once for all calls that used them', async () => {
    const { asked, credentials, keyNow } = setUp();
    await keyNow();
    asked[0]?.answer();
    await tick();
    const first = await credentials.get();

    credentials.refuse(first);
    await keyNow();
    asked[1]?.answer();
    await tick();
    credentials.refuse(first);

    expect(await keyNow()).toBe('key-1');
    expect(asked).toHaveLength(2);
  });
});
