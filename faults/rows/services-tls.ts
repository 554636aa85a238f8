import { strict as assert } from 'node:assert';
import type { TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type Authority, createAuthority } from '../../test/helpers/certificates.ts';
import { openNameServer } from '../../test/helpers/name-server.ts';
import { reasonsParked } from '../checks/parked.ts';
import { ALL, THREE } from '../conditions/destinations.ts';
import { type Fault, type Outcome, sized } from '../stage/fault.ts';
import { ownNetwork } from '../stage/own-network.ts';
import { onStage, type StageOptions } from '../stage/stage.ts';
import { withTemporaryFile } from '../stage/temporary-file.ts';
import { writes } from '../stage/writes.ts';

interface BadTls {
  readonly agentId: string;
  readonly reason: string;
  readonly tls: TlsOptions;
}

/** One agent for each way in which a service's TLS can be wrong. */
async function badWays(known: Authority): Promise<readonly BadTls[]> {
  const unknown = await createAuthority();
  return [
    { agentId: 'CA_expired', reason: 'tls-certificate', tls: await known.issue({ days: -1 }) },
    { agentId: 'CA_name', reason: 'tls-name', tls: await known.issue({ names: ['DNS:other.example'] }) },
    { agentId: 'CA_unknown', reason: 'tls-certificate', tls: await unknown.issue() },
    {
      agentId: 'CA_old',
      reason: 'tls-protocol',
      tls: {
        ...(await known.issue()),
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        // OpenSSL's default level of security has no TLS 1.1 at all.
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
    },
  ];
}

/** CloudWatch's clients trust what the function's environment trusts. */
async function withAuthority<T>(
  act: (known: Authority, environment: { readonly NODE_EXTRA_CA_CERTS: string }) => Promise<T>,
): Promise<T> {
  const known = await createAuthority();
  return withTemporaryFile(known.cert, (file) => act(known, { NODE_EXTRA_CA_CERTS: file }));
}

const tls: Fault = {
  group: 'services',
  name: 'certificate expired, of a wrong name, of an unknown authority; TLS 1.1 only',
  note: 'An agent for each of them at each service. Nothing is sent; the lines are parked with the reason, and go out when the service has a good certificate.',
  run: (scale) =>
    withAuthority((known, environment) =>
      onStage({ destinations: scale === 'small' ? THREE : ALL, environment }, async (stage) => {
        const ways = await badWays(known);
        const good = await known.issue();
        const over = { https: true, ca: known.cert };
        const fronts = await Promise.all(
          ways.flatMap(({ agentId, tls: bad }) =>
            stage.twin.drains.map(async ({ id }) => {
              const front = await stage.front(stage.account(id));
              front.conduct({ tls: bad });
              stage.store(agentId, id, front.settings(stage.account(id), over));
              return front;
            }),
          ),
        );
        const count = sized(scale, 200, 5_000);
        await Promise.all(ways.map(({ agentId }) => writes(stage, count, { agentId, workerId: agentId })));
        await stage.settled();
        for (const { id } of stage.twin.drains) {
          for (const { agentId, reason } of ways) {
            const found = new Set(reasonsParked(stage, `parked/${id}/${agentId}/`));
            assert.deepEqual([...found], [reason], `${agentId} at ${id}`);
          }
        }
        for (const front of fronts) front.conduct({ tls: good });
        stage.faultEnds();
        await stage.redriveAll();
      }),
    ),
};

const NAME = 'service.example';
const NO_LOOKUP = fileURLToPath(new URL('../preloads/no-lookup.cjs', import.meta.url));

const names = ownNetwork({
  group: 'services',
  name: 'name does not resolve for a while',
  note: 'Longer than the stall limit, which is 2 s here instead of 15 min: lines are parked, and go out when the name is back. Who looked it up by libuv’s pool would wait for ever.',
  run: async (scale) => {
    let isBack = false;
    const server = await openNameServer(
      (name) => (isBack && name === NAME ? ['127.0.0.1'] : 'no-such-name'),
      53,
    );
    const settings = {
      STALL_LIMIT_SECONDS: '2',
      ISOLATION_LIMIT_SECONDS: '2',
      NODE_OPTIONS: `--require ${NO_LOOKUP}`,
    };
    const play = (known: Authority, environment: StageOptions['environment']): Promise<Outcome> => {
      const options = {
        destinations: scale === 'small' ? THREE : ALL,
        environment: { ...settings, ...environment },
      };
      return onStage(options, async (stage) => {
        const certificate = await known.issue({ names: [`DNS:${NAME}`] });
        const over = { host: NAME, https: true, ca: known.cert };
        for (const { id } of stage.twin.drains) {
          const front = await stage.front(stage.account(id));
          front.conduct({ tls: certificate });
          stage.store('default', id, front.settings(stage.account(id), over));
        }
        await writes(stage, sized(scale, 500, 20_000), { workerId: 'W1' });
        for (const { id } of stage.twin.drains) {
          assert.deepEqual([...new Set(reasonsParked(stage, `parked/${id}/`))], ['dns-failed'], id);
        }
        isBack = true;
        stage.faultEnds();
        await writes(stage, 500, { workerId: 'W2' });
        await stage.redriveAll();
      });
    };
    try {
      return await withAuthority(play);
    } finally {
      await server.close();
    }
  },
});

export const TLS_FAULTS: readonly Fault[] = [tls, names];
