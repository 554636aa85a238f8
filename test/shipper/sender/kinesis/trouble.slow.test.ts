import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../../../shared/record/format.ts';
import { ACCEPT, type Behaviour } from '../../../helpers/aws/fake-kinesis.ts';
import { closeServer, listen } from '../../../helpers/listen.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';
import { agentLines, type RunningShipper, type ShipperRun } from '../../../helpers/shipper/process.ts';

const world = useShipper();

function run(script: string, more: Partial<ShipperRun> = {}): RunningShipper {
  const args = ['run', ...(more.args ?? []), '--', 'sh', '-c', script];
  return world.start({ ...more, args });
}

/** An agent that writes a line, and another once it is let go. */
function waitingAgent(
  more: Partial<ShipperRun> = {},
): RunningShipper & { readonly letGo: () => Promise<void> } {
  const go = join(world.dir, 'go');
  const shipper = run(`echo one; until [ -e ${go} ]; do sleep 0.05; done; echo two`, {
    ...more,
    args: ['--drain-timeout', '50s', ...(more.args ?? [])],
  });
  return { ...shipper, letGo: () => writeFile(go, '') };
}

const said = (shipper: RunningShipper, words: string): Promise<void> =>
  vi.waitFor(() => expect(shipper.stderr()).toContain(words), 60_000);

/** The second signal ends the attempts; two of one kind could be one by the time they are read. */
async function giveUp(shipper: RunningShipper): Promise<void> {
  shipper.child.kill('SIGINT');
  shipper.child.kill('SIGTERM');
  await shipper.ended;
}

const refuseAll =
  (entry: object): Behaviour =>
  (_, records) => ({ kind: 'refuse', entries: Array.from({ length: records }, () => entry) });

const OWN_FAULT = 'Kinesis has a fault of its own (InternalFailure): it is tried again until that is over';

describe('a Kinesis that refuses records', () => {
  it.each([
    ['InternalFailure', OWN_FAULT],
    ['ProvisionedThroughputExceededException', 'Kinesis slows us down: the stream needs more shards'],
  ])('with %s is told while it lasts, and when it is over', async (code, reason) => {
    world.kinesis.behave(refuseAll({ ErrorCode: code, ErrorMessage: 'planted-words' }));
    const agent = waitingAgent();

    await said(agent, `log-drain: ${reason}; lines wait to be sent\n`);
    const whileItLasted = agent.stderr();
    world.kinesis.behave(ACCEPT);
    await said(agent, 'log-drain: Kinesis takes records again\n');
    await agent.letGo();
    const code0 = await agent.ended;

    expect(code0).toBe(0);
    expect(whileItLasted).not.toContain('takes records again');
    expect(
      agent
        .stderr()
        .split('\n')
        .filter((line) => line.includes(reason)),
    ).toHaveLength(1);
    expect(agent.stderr()).not.toContain('planted-words');
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two']);
  });

  it('is why lines were not sent, although it has not lasted long', async () => {
    world.kinesis.behave(refuseAll({ ErrorCode: 'InternalFailure', ErrorMessage: 'x' }));

    const shipper = run('echo one', { args: ['--drain-timeout', '50s'] });
    await vi.waitFor(() => expect(world.kinesis.calls.length).toBeGreaterThan(2), 60_000);
    await giveUp(shipper);

    expect(shipper.stderr()).toContain(`log-drain: 3 lines were not sent: ${OWN_FAULT}\n`);
  });

  it.each([
    ['with an error code beside a sequence number', { ErrorCode: 'InternalFailure', SequenceNumber: '1' }],
    ['with nothing at all', {}],
  ])('%s gets them again', async (_, entry) => {
    world.kinesis.behave((call, records) =>
      call < 2 ? refuseAll(entry)(call, records) : { kind: 'accept' },
    );

    const code = await run('echo one', { args: ['--drain-timeout', '50s'] }).ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
  });

  it('and answers for fewer than it was sent gets all of them again', async () => {
    world.kinesis.behave((call) => (call < 2 ? { kind: 'refuse', entries: [] } : { kind: 'accept' }));

    const code = await run('echo one', { args: ['--drain-timeout', '50s'] }).ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
  });
});

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };

/** A profile with this credential_process, and where it notes each run. */
async function withProcess(script: string): Promise<{
  readonly env: Readonly<Record<string, string>>;
  readonly runs: () => Promise<number>;
}> {
  const runs = join(world.dir, 'runs');
  const program = join(world.dir, 'give-keys');
  const config = join(world.dir, 'config');
  await writeFile(runs, '');
  await writeFile(program, `echo run >> ${runs}\n${script}\n`);
  await writeFile(config, `[default]\ncredential_process = sh ${program}\n`);
  return {
    env: { ...NO_KEYS, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(world.dir, 'none') },
    runs: async () => (await readFile(runs, 'utf8')).split('\n').length - 1,
  };
}

const KEYS = JSON.stringify({
  Version: 1,
  AccessKeyId: 'AKIASLOW',
  SecretAccessKey: 'planted-secret',
  SessionToken: 'planted-token',
});

describe('credentials', () => {
  it('of a process that takes 6 s are waited for, which is told, and it is run once', async () => {
    const { env, runs } = await withProcess(`sleep 6; echo '${KEYS}'`);
    const agent = waitingAgent({ env });

    await said(
      agent,
      'log-drain: waiting for AWS credentials from the credential_process of the profile; lines wait to be sent\n',
    );
    await said(agent, 'Kinesis takes records again');
    await agent.letGo();
    const code = await agent.ended;

    expect(code).toBe(0);
    expect(await runs()).toBe(1);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two']);
    expect(agent.stderr()).not.toContain('planted');
    expect(agent.stderr()).not.toContain('missing');
  });

  it('that are still waited for are why lines were not sent', async () => {
    const { env } = await withProcess('exec sleep 20');

    const shipper = run('echo one', { env, args: ['--drain-timeout', '50s'] });
    await said(shipper, 'log-drain: waiting for AWS credentials');
    await giveUp(shipper);

    expect(shipper.stderr()).toContain(
      'log-drain: 3 lines were not sent: waiting for AWS credentials from the credential_process of the profile\n',
    );
  });

  it('of a process that fails are told with what failed, and nothing that it says', async () => {
    const { env } = await withProcess('echo planted-secret >&2; exit 3');
    const agent = waitingAgent({ env });

    await said(
      agent,
      'log-drain: AWS credentials are missing, invalid or expired (the credential_process of the profile failed): provide valid ones; ',
    );
    await withProcess(`echo '${KEYS}'`);
    await agent.letGo();
    const code = await agent.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two']);
    expect(agent.stderr()).not.toContain('planted');
  });

  it('of a slow container endpoint are waited for', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(KEYS) as Record<string, string>;
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      void sleep(2_500).then(() =>
        response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token: SessionToken, Expiration })),
      );
    });
    const port = await listen(server);
    const env = { ...NO_KEYS, AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/keys` };

    const code = await run('echo one', { env, args: ['--drain-timeout', '50s'] }).ended;
    server.closeAllConnections();
    await closeServer(server);

    expect(code).toBe(0);
    expect(asked).toBe(1);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
  });
});
