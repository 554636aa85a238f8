import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHttp1Front } from '../../conditions/http1.ts';
import { type Talk, talk } from '../../conditions/talk.ts';
import { type Fault, type Scale, sized } from '../../stage/fault.ts';
import { noise } from '../../stage/noise.ts';
import { onStage } from '../../stage/stage.ts';
import { exists, until } from '../../stage/watch.ts';

// Trouble between the shipper and Kinesis that lasts: nothing is lost, and whoever runs the agent is told.

const OVER = /Kinesis takes records again/;

/** What is said once each kind of refusal has lasted. */
const REFUSALS = {
  InternalFailure: /Kinesis has a fault of its own \(InternalFailure\)/,
  ProvisionedThroughputExceededException: /Kinesis slows us down: the stream needs more shards/,
} as const;

/** The agent writes all it has while no record is taken. */
function refusesAll(code: keyof typeof REFUSALS): Fault['run'] {
  return (scale: Scale) =>
    onStage({}, async (stage) => {
      const { kinesis } = stage.twin;
      const [written, go] = [join(stage.dir, 'written'), join(stage.dir, 'go')];
      kinesis.faults.set([{ kind: 'fail-records', every: 1, code, times: 0 }]);
      const agent = stage.agent({
        does: [
          { kind: 'lines', count: sized(scale, 2_000, 50_000) },
          ...noise(stage.marker, { times: sized(scale, 2, 8), pauseMs: 150 }),
          { kind: 'tell', file: written },
          { kind: 'wait-for', file: go },
          { kind: 'lines', count: 10 },
        ],
      });
      // Nothing holds it up.
      await exists(written);
      await until(() => REFUSALS[code].test(stage.output()));
      assert(!OVER.test(stage.output()), 'said to be over while it lasted');
      kinesis.faults.set([]);
      stage.faultEnds();
      await until(() => OVER.test(stage.output()));
      writeFileSync(go, '');
      assert.equal(await agent.ended, 0);
      await stage.settled();
    });
}

async function http1Only({ stage, start, say, heard }: Talk): Promise<void> {
  const front = await startHttp1Front(stage.twin.kinesis.endpoint);
  try {
    start({ AWS_ENDPOINT_URL_KINESIS: front.endpoint });
    for (let times = 0; times < 3; times += 1) {
      say();
      await heard();
    }
    assert(front.methods.length >= 3, `${front.methods.length} requests came by HTTP/1.1`);
  } finally {
    front.close();
  }
}

const PROVIDER_S = 6;

async function slowProvider({ stage, start, say, heard, complains }: Talk): Promise<void> {
  const path = (name: string): string => join(stage.dir, name);
  const keys = { Version: 1, AccessKeyId: 'AKIASLOW', SecretAccessKey: 'secret-of-a-slow-provider' };
  writeFileSync(path('keys.json'), JSON.stringify(keys));
  writeFileSync(path('runs'), '');
  writeFileSync(
    path('provider'),
    `echo run >> ${path('runs')}; sleep ${PROVIDER_S}; cat ${path('keys.json')}\n`,
  );
  writeFileSync(path('config'), `[default]\ncredential_process = sh ${path('provider')}\n`);
  start({
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_CONFIG_FILE: path('config'),
    AWS_SHARED_CREDENTIALS_FILE: path('none'),
  });
  say();
  await complains(/waiting for AWS credentials from the credential_process of the profile/);
  await heard();
  say();
  await heard();
  assert.equal(readFileSync(path('runs'), 'utf8'), 'run\n', 'the process was started once');
  assert(!stage.output().includes(keys.SecretAccessKey), 'a secret is in our output');
}

export const TROUBLE_FAULTS: readonly Fault[] = [
  {
    group: 'shipper',
    name: 'every record is answered with InternalFailure, for long',
    note: 'The agent writes on. That it lasts is told, and that it is over.',
    run: refusesAll('InternalFailure'),
  },
  {
    group: 'shipper',
    name: 'every record is throttled, for long',
    note: 'As above.',
    run: refusesAll('ProvisionedThroughputExceededException'),
  },
  { group: 'shipper', name: 'an endpoint that speaks HTTP/1.1 only', run: talk(3, http1Only) },
  {
    group: 'shipper',
    name: `a credential_process that takes ${PROVIDER_S} s`,
    note: 'It is run once, and waiting for it is told.',
    run: talk(2, slowProvider),
  },
];
