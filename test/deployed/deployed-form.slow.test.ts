import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { RedriveResult } from '../../lambdas/redrive/base/result.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';
import { expectNothingLeaked } from '../helpers/runtime/drain.ts';
import { type KinesisEvent, MARKER, namesIn } from '../helpers/runtime/events.ts';
import { needsRuntime } from '../helpers/runtime/needed.ts';
import { type Cloud, type CloudDestination, startCloud } from './cloud.ts';
import { type Deployment, REGION, synthesizeDeployment } from './deployment.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AGENTS = ['CA_one', 'CA_two'] as const;
/** Of each agent each time. */
const LINES = 150;
/** Eight functions' and a dozen commands' processes. */
const SLOW = { timeout: 180_000 };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'log-drain-deployed-'));
  ends.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The command of README's deploy section that stores a destination's settings, for any of them. */
function secretsCommand(id: string): { readonly entry: string; readonly args: readonly string[] } {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = /^## Deploy\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const [, entry = '', args = ''] =
    /^node (dist\/\S+) (secrets set datadog .*datadog\.env)$/m.exec(section) ?? [];
  return { entry: join(ROOT, entry), args: args.replaceAll('datadog', id).split(' ') };
}

/** Stores what leads to the drain's receiver, as an operator does. */
function setSecrets({ id, receiver }: CloudDestination, { secrets }: Cloud): Promise<CliResult> {
  const { entry, args } = secretsCommand(id);
  const dir = folder();
  const settings = Object.entries(receiver.settings).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(join(dir, `${id}.env`), settings.join(''));
  const env = { AWS_REGION: REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint };
  return runCli({ dir, entry }, args, { env });
}

/** Ships lines of both agents, as a host does, and returns their names. */
async function ship({ outputs }: Deployment, { kinesis }: Cloud, batch: string): Promise<string[]> {
  const cli = { dir: folder(), entry: join(ROOT, 'dist', 'log-drain.mjs') };
  const names = await Promise.all(
    AGENTS.map(async (agentId) => {
      const workerId = `${agentId}-worker`;
      const own = Array.from({ length: LINES }, (_, at) => `${MARKER}/${agentId}/${batch}/${at}`);
      const stdin = own.map((message) => `${JSON.stringify({ level: 'info', message })}\n`).join('');
      const env = {
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
        LOG_DRAIN_STREAM: outputs['StreamName'],
      };
      const args = ['ship', '--agent-id', agentId, '--worker-id', workerId];
      expect(await runCli(cli, args, { env, stdin })).toEqual({ code: 0, stdout: '', stderr: '' });
      return own;
    }),
  );
  return names.flat();
}

const acceptedBy = ({ drains }: Cloud): Record<string, string[]> =>
  Object.fromEntries(drains.map(({ id, accepted }) => [id, accepted.toSorted()]));

/** Each destination's lines, if all are the same but for those of one. */
function expected({ drains }: Cloud, names: readonly string[], but: Record<string, readonly string[]> = {}) {
  return Object.fromEntries(drains.map(({ id }) => [id, (but[id] ?? names).toSorted()]));
}

describe('the stack as deployed, each function in the real runtime', SLOW, () => {
  needsRuntime();

  it('delivers each line once to every service, parks what one refuses, and sends that again when it recovers', async () => {
    const deployment = synthesizeDeployment(folder());
    const cloud = await startCloud(deployment);
    ends.push(cloud.close);
    const { drains, kinesis, redrive } = cloud;
    const { datadog, ...others } = Object.fromEntries(drains.map((drain) => [drain.id, drain]));
    expect(Object.keys(others)).toHaveLength(5);
    for (const { mapping } of deployment.destinations.values()) {
      expect(mapping.streamArn).toBe(kinesis.streamArn);
    }
    const commands = await Promise.all(drains.map((drain) => setSecrets(drain, cloud)));
    expect(commands.map(({ code }) => code)).toEqual(drains.map(() => 0));

    const first = await ship(deployment, cloud, 'first');
    await cloud.drained();
    expect(acceptedBy(cloud)).toEqual(expected(cloud, first));
    expect([...cloud.objects().keys()]).toEqual([]);

    datadog?.receiver.faults.set([{ kind: 'status', status: 403, times: 0 }]);
    const second = await ship(deployment, cloud, 'second');
    await cloud.drained();
    expect(acceptedBy(cloud)).toEqual(expected(cloud, [...first, ...second], { datadog: first }));
    const parked = [...cloud.objects()];
    for (const [key] of parked) {
      expect(key).toMatch(/^parked\/datadog\/CA_(one|two)\/\d{4}\/\d\d\/\d\d\/\d+-[0-9a-f]{32}\.json$/);
    }
    expect(parked.flatMap(([, body]) => namesIn(JSON.parse(body) as KinesisEvent)).toSorted()).toEqual(
      second.toSorted(),
    );

    datadog?.receiver.faults.set([]);
    const inputs = deployment.scheduleInputs.map((input) => JSON.parse(input) as { destination: string });
    expect(inputs.map(({ destination }) => destination).toSorted()).toEqual(
      drains.map(({ id }) => id).toSorted(),
    );
    const redriven = await redrive.invoke(inputs.find(({ destination }) => destination === 'datadog'));
    expect(redriven).toMatchObject({ kind: 'result' });
    const { destinations } = (redriven as { readonly value: RedriveResult }).value;
    expect(destinations.datadog).toMatchObject({ state: 'done', lines: second.length, failed: 0 });
    expect(acceptedBy(cloud)).toEqual(expected(cloud, [...first, ...second]));
    expect([...cloud.objects().keys()].filter((key) => !key.startsWith('leases/'))).toEqual([]);

    const shown = commands.map(({ stdout, stderr }) => stdout + stderr).join('');
    for (const { id, receiver, runtime, mapping } of drains) {
      expect(receiver.violations).toEqual([]);
      expect(mapping.counters).toMatchObject({ errors: 0, recordsDropped: 0 });
      expect(runtime.output()).toContain('LinesDelivered');
      expectNothingLeaked(runtime.output() + redrive.output() + shown, id, receiver.settings);
    }
  });
});
