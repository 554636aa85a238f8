import type { FaultAction } from '../../receivers/kit/faults.ts';
import { openNameServer } from '../../test/helpers/name-server.ts';
import { closedPort, silentServer, strangersServer } from '../conditions/bad-peers.ts';
import { type BadSettings, type Break, brokenAccount, type Settings } from '../isolation/broken-account.ts';
import type { Fault } from '../stage/fault.ts';
import { ownNetwork } from '../stage/own-network.ts';

const endless = (rule: FaultAction): Break => ({ kind: 'service', rules: [{ ...rule, times: 0 }] });

function badSettings(of: (good: Settings) => Promise<BadSettings>): Break {
  return { kind: 'settings', of };
}

const withUrl = (good: Settings, url: string): string => JSON.stringify({ ...good, DATADOG_URL: url });

/** One row for each way in which an account can be broken. */
export const ACCOUNT_FAULTS: readonly Fault[] = [
  brokenAccount({ name: 'its token is refused', breaks: endless({ kind: 'status', status: 403 }) }),
  brokenAccount({ name: '429 for ever', breaks: endless({ kind: 'status', status: 429 }) }),
  brokenAccount({ name: '503 for ever', breaks: endless({ kind: 'status', status: 503 }) }),
  brokenAccount({ name: 'its service never answers', breaks: endless({ kind: 'hang' }) }),
  brokenAccount({
    name: 'its service answers after 1 s',
    works: true,
    breaks: endless({ kind: 'delay', ms: 1_000 }),
  }),
  brokenAccount({ name: 'its connections are reset', breaks: endless({ kind: 'reset', when: 'before' }) }),
  brokenAccount({
    name: 'its host refuses connections, another’s is in no DNS',
    breaks: badSettings(async (good) => ({
      secrets: [
        withUrl(good, `http://127.0.0.1:${await closedPort()}`),
        withUrl(good, 'https://nowhere.invalid'),
      ],
    })),
  }),
  ownNetwork(
    brokenAccount({
      name: 'its name server is silent, as are those of two others, and a fourth’s fails',
      breaks: badSettings(async (good) => {
        const names = await openNameServer((name) => (name.startsWith('silent') ? 'silence' : 'failed'), 53);
        const hosts = ['silent-1.example', 'silent-2.example', 'silent-3.example', 'failing.example'];
        return { secrets: hosts.map((host) => withUrl(good, `https://${host}`)), close: names.close };
      }),
    }),
  ),
  brokenAccount({
    name: 'its certificate is a stranger’s, another’s host never agrees on TLS',
    breaks: badSettings(async (good) => {
      const [stranger, silent] = await Promise.all([strangersServer(), silentServer()]);
      return {
        secrets: [
          withUrl(good, `https://localhost:${stranger.port}`),
          withUrl(good, `https://localhost:${silent.port}`),
        ],
        close: async () => {
          await Promise.all([stranger.close(), silent.close()]);
        },
      };
    }),
  }),
  brokenAccount({
    name: 'its secret is garbled, another’s lacks the token, a third’s is missing',
    note: 'The lines of an agent that has no secret at all are skipped, counted and said; they stand under dropped.',
    breaks: badSettings(async () => ({
      secrets: ['{"DATADOG_TOKEN":', '{"LOGS_MIN_LEVEL":"info"}', undefined],
    })),
  }),
];
