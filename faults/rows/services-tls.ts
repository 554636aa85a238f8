import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { type Authority, createAuthority } from '../../test/helpers/certificates.ts';
import { reasonsParked } from '../checks/parked.ts';
import { ALL, THREE } from '../conditions/destinations.ts';
import { type Fault, sized } from '../stage/fault.ts';
import { onStage } from '../stage/stage.ts';
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

const tls: Fault = {
  group: 'services',
  name: 'certificate expired, of a wrong name, of an unknown authority; TLS 1.1 only',
  note: 'An agent for each of them at each service. Nothing is sent; the lines are parked with the reason, and go out when the service has a good certificate.',
  run: async (scale) => {
    const known = await createAuthority();
    const dir = mkdtempSync(join(tmpdir(), 'log-drain-authority-'));
    // CloudWatch's clients trust what the function's environment trusts.
    const file = join(dir, 'ca.pem');
    writeFileSync(file, known.cert);
    const options = {
      destinations: scale === 'small' ? THREE : ALL,
      environment: { NODE_EXTRA_CA_CERTS: file },
    };
    try {
      return await onStage(options, async (stage) => {
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
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};

/** Loaded into the functions: names resolve once the file is there. */
const LOOKUP = (file: string): string => `
const dns = require('node:dns');
const { existsSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  if (name !== 'localhost' || existsSync(${JSON.stringify(file)})) return lookup(name, options, done);
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  process.nextTick(done, error);
};
syncBuiltinESMExports();
`;

const dns: Fault = {
  group: 'services',
  name: 'name does not resolve for a while',
  note: 'Longer than the stall limit, which is 2 s here instead of 15 min: lines are parked, and go out when the name is back.',
  run: async (scale) => {
    const dir = mkdtempSync(join(tmpdir(), 'log-drain-dns-'));
    const [preload, back] = [join(dir, 'lookup.cjs'), join(dir, 'back')];
    writeFileSync(preload, LOOKUP(back));
    const options = {
      destinations: scale === 'small' ? THREE : ALL,
      environment: {
        NODE_OPTIONS: `--require ${preload}`,
        STALL_LIMIT_SECONDS: '2',
        ISOLATION_LIMIT_SECONDS: '2',
      },
    };
    try {
      return await onStage(options, async (stage) => {
        for (const { id } of stage.twin.drains) {
          const front = await stage.front(stage.account(id));
          stage.store('default', id, front.settings(stage.account(id), { host: 'localhost' }));
        }
        await writes(stage, sized(scale, 500, 20_000), { workerId: 'W1' });
        for (const { id } of stage.twin.drains) {
          assert.deepEqual([...new Set(reasonsParked(stage, `parked/${id}/`))], ['dns-failed'], id);
        }
        writeFileSync(back, '');
        stage.faultEnds();
        await writes(stage, 500, { workerId: 'W2' });
        await stage.redriveAll();
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};

export const TLS_FAULTS: readonly Fault[] = [tls, dns];
