import { strict as assert } from 'node:assert';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpRequest } from '../../../local/aws/http-message.ts';
import { createAuthority } from '../../../test/helpers/certificates.ts';
import { refusal, startGate } from '../../conditions/gate.ts';
import { type Talk, talk } from '../../conditions/talk.ts';
import { startProxy, startWire } from '../../conditions/wire.ts';
import type { Fault } from '../../stage/fault.ts';
import { until } from '../../stage/watch.ts';

// What is around the shipper fails for a while: its clock, names, credentials, the proxy.

const preload = (name: string): string =>
  fileURLToPath(new URL(`../../preloads/${name}.cjs`, import.meta.url));

/** Kinesis refuses what was signed more than 5 minutes ago or ahead (Signature Version 4, "Handling dates"). */
const MAX_SKEW_MS = 5 * 60_000;

function skewMs({ headers }: HttpRequest): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const [year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  return Math.abs(Date.UTC(year, month - 1, day, hour, minute, second) - Date.now());
}

async function clockSteps({ stage, start, say, heard }: Talk): Promise<void> {
  let refused = 0;
  const gate = await startGate(stage.twin.kinesis.endpoint, (request) => {
    if (skewMs(request) <= MAX_SKEW_MS) return undefined;
    refused += 1;
    return refusal('InvalidSignatureException');
  });
  const file = join(stage.dir, 'clock');
  try {
    writeFileSync(file, '0');
    start(
      {
        AWS_ENDPOINT_URL_KINESIS: gate.endpoint,
        NODE_OPTIONS: `--require=${preload('clock')}`,
        CLOCK_OFFSET_FILE: file,
      },
      preload('clock'),
    );
    for (const hours of [0, 2, -2, 0, 12]) {
      writeFileSync(file, String(hours * 3_600_000));
      say();
      await heard();
    }
    assert(refused >= 3, `${refused} calls were refused for their date`);
  } finally {
    await gate.close();
  }
}

async function namesFail({ stage, start, say, heard, complains }: Talk): Promise<void> {
  const wire = await startWire(Number(new URL(stage.twin.kinesis.endpoint).port));
  const file = join(stage.dir, 'dns-down');
  try {
    writeFileSync(file, '');
    start({ AWS_ENDPOINT_URL_KINESIS: `http://localhost:${wire.port}`, DNS_DOWN_FILE: file }, preload('dns'));
    say();
    await complains(/cannot be reached \(EAI_AGAIN\)/);
    rmSync(file);
    await heard();
    // Again, for a shipper that has been at work.
    writeFileSync(file, '');
    await wire.down();
    await wire.up();
    say();
    await until(() => statSync(file).size >= 3);
    rmSync(file);
    await heard();
  } finally {
    await wire.down();
  }
}
/** Hands out credentials as ECS and EKS do; undefined: it fails. */
interface Vendor {
  readonly uri: string;
  readonly hand: (token: string | undefined, lifetimeMs?: number) => void;
  readonly close: () => void;
}

async function startVendor(): Promise<Vendor> {
  let given: object | undefined;
  const server: Server = createServer((_, response) => {
    response.writeHead(given === undefined ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(given ?? { message: 'not now' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`,
    hand: (token, lifetimeMs = 3_600_000) => {
      const Expiration = new Date(Date.now() + lifetimeMs).toISOString();
      const keys = { AccessKeyId: `ASIA${token}`, SecretAccessKey: `secret-of-${token}` };
      given = token === undefined ? undefined : { ...keys, Token: token, Expiration };
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function credentialsChange({ stage, start, say, heard, complains }: Talk): Promise<void> {
  let valid = 'token-one';
  let refused = 0;
  const used = new Set<string>();
  const gate = await startGate(stage.twin.kinesis.endpoint, ({ headers }) => {
    const token = headers['x-amz-security-token'] ?? '';
    if (token !== valid) {
      refused += 1;
      return refusal('ExpiredTokenException');
    }
    used.add(token);
    return undefined;
  });
  const vendor = await startVendor();
  try {
    start({
      AWS_ENDPOINT_URL_KINESIS: gate.endpoint,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: vendor.uri,
    });
    // None at the start.
    say();
    await complains(/AWS credentials are missing, invalid or expired/);
    vendor.hand('token-one');
    await heard();
    // Refused before their time, while others are there already, and while there are none.
    valid = 'token-two';
    vendor.hand('token-two');
    say();
    await heard();
    valid = 'token-three';
    vendor.hand(undefined);
    const before = refused;
    say();
    await until(() => refused > before);
    // These are to be renewed at once: they have a minute left.
    vendor.hand('token-three', 60_000);
    await heard();
    valid = 'token-four';
    vendor.hand('token-four', 60_000);
    say();
    await heard();
    assert.deepEqual([...used], ['token-one', 'token-two', 'token-three', 'token-four']);
    for (const secret of [...used].flatMap((token) => [token, `secret-of-${token}`])) {
      assert(!stage.output().includes(secret), 'a credential is in our output');
    }
  } finally {
    vendor.close();
    await gate.close();
  }
}

async function proxyFails({ stage, start, say, heard, complains }: Talk): Promise<void> {
  const authority = await createAuthority();
  const ca = join(stage.dir, 'ca.pem');
  writeFileSync(ca, authority.cert);
  const kinesisPort = Number(new URL(stage.twin.kinesis.endpoint).port);
  const wire = await startWire(kinesisPort, {
    ...(await authority.issue()),
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  const proxy = await startProxy();
  try {
    start({
      AWS_ENDPOINT_URL_KINESIS: `https://localhost:${wire.port}`,
      NODE_EXTRA_CA_CERTS: ca,
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    });
    say();
    await heard();
    await proxy.down();
    say();
    await complains(/Kinesis cannot be reached \(ECONNREFUSED\): check network, endpoint and proxy/);
    await proxy.up();
    await heard();
    // It is there, and what is behind it is not.
    await wire.down();
    const before = proxy.connections();
    say();
    await until(() => proxy.connections() >= before + 2);
    await wire.up();
    await heard();
  } finally {
    await proxy.down();
    await wire.down();
  }
}

export const SURROUNDINGS: readonly Fault[] = [
  {
    group: 'shipper',
    name: 'the clock steps back and forth by hours',
    note: 'Lines have the time that the clock showed. Kinesis refuses what is signed more than 5 minutes off; the date of its answer sets that right.',
    run: talk(5, clockSteps),
  },
  { group: 'shipper', name: 'DNS fails for a while', run: talk(2, namesFail) },
  {
    group: 'shipper',
    name: 'credentials are missing, revoked, about to expire, rotated',
    note: 'From a container credentials endpoint, which itself fails for a while.',
    run: talk(4, credentialsChange),
  },
  { group: 'shipper', name: 'the proxy dies and comes back', run: talk(3, proxyFails) },
];
