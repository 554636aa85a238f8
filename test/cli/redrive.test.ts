import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REDRIVE_OPTIONS } from '../../cli/redrive/options.ts';
import { redriveCommand } from '../../cli/redrive/redrive.ts';
import type { Invoked } from '../../lambdas/redrive/base/functions.ts';
import { parseRequest } from '../../lambdas/redrive/base/request.ts';
import type { DestinationResult, RedriveResult } from '../../lambdas/redrive/base/result.ts';
import type { HttpServer } from '../../local/aws/server.ts';
import { readOptions } from '../../shared/base/options.ts';
import { startFakeCloudFormation } from '../helpers/aws/fake-cloudformation.ts';
import { type FakeLambda, type PlayedFunction, startFakeLambda } from '../helpers/aws/fake-lambda.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { kinesisRecord, T0 } from '../helpers/engine-harness.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';
import { type Answer, createTestWorld, keyOf, parkedBody, undelivered } from '../helpers/redrive-world.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';

const cli = useBuiltCli();
let stacks: HttpServer;
let lambda: FakeLambda | undefined;

beforeAll(async () => {
  const outputs = { RedriveFunctionName: 'my-redrive' };
  stacks = await startFakeCloudFormation({ name: 'log-drain', outputs });
});
afterAll(() => stacks.close());
afterEach(async () => {
  await lambda?.close();
  lambda = undefined;
});

interface Deployed {
  readonly objects: Map<string, string>;
  readonly run: (...args: string[]) => Promise<CliResult>;
  readonly requests: () => unknown[];
}

/** The real redrive over a bucket in memory, behind Lambda's HTTP. */
async function deploy(objects: Map<string, string>, answer?: Answer): Promise<Deployed> {
  const world = createTestWorld({
    bucket: createMemoryBucket(objects),
    ...(answer === undefined ? {} : { answer }),
  });
  return deployFunction(objects, async (event) => {
    world.clock.nowMs += 1;
    return { value: await world.run(parseRequest(event, ['datadog'])) };
  });
}

async function deployFunction(objects: Map<string, string>, play: PlayedFunction): Promise<Deployed> {
  const started = await startFakeLambda({ functions: { 'my-redrive': play } });
  lambda = started;
  return {
    objects,
    requests: () => started.invocations.map(({ event }) => event),
    run: (...args) =>
      runCli(cli, ['redrive', ...args], {
        env: {
          AWS_ENDPOINT_URL_LAMBDA: started.endpoint,
          AWS_ENDPOINT_URL_CLOUDFORMATION: stacks.endpoint,
        },
      }),
  };
}

function parked(count: number, agent = 'CA_a'): [string, string][] {
  return Array.from({ length: count }, (_, i) => [
    keyOf(agent, T0 + i),
    parkedBody([kinesisRecord({ agent, boot: `b${i}`, lines: ['x'] })]),
  ]);
}

describe('log-drain redrive', () => {
  it('invokes the function until nothing is left, with progress on stderr', async () => {
    const { run, objects, requests } = await deploy(new Map(parked(5_050)));

    const { code, stdout, stderr } = await run();

    expect([code, stdout]).toEqual([0, 'datadog: 5050 lines sent, 5050 objects cleared\n']);
    expect(stderr).toBe('datadog: 5000 lines sent, 5000 objects cleared so far\n');
    expect(objects.size).toBe(0);
    expect(requests()).toHaveLength(2);
    expect(requests()[0]).toMatchObject({ now: true, rejected: false, dryRun: false });
  });

  it('tries an agent that fails once, and says what is left and why', async () => {
    const bad = kinesisRecord({ agent: 'CA_bad', lines: ['x', 'y'] });
    const badKey = keyOf('CA_bad', T0 - 1);
    const objects = new Map([...parked(5_050), [badKey, parkedBody([bad], { lines: 2 })] as const]);
    let tries = 0;
    const { run, requests } = await deploy(objects, (call) => {
      if (call.event.Records.some(({ eventID }) => eventID === bad.eventID)) tries += 1;
      return undelivered(call, ({ eventID }) => eventID === bad.eventID, 'forbidden');
    });

    const { code, stdout } = await run('--json');
    const again = await run();

    expect(code).toBe(1);
    expect((JSON.parse(stdout) as RedriveResult).destinations.datadog).toMatchObject({
      cleared: 5_050,
      lines: 5_050,
      failed: 1,
      failedLines: 2,
      waiting: { forbidden: 1 },
    });
    expect([...objects.keys()].filter((key) => key.startsWith('parked/'))).toEqual([badKey]);
    expect(requests()).toHaveLength(3);
    expect(tries).toBe(2);
    expect(again).toMatchObject({
      code: 1,
      stdout:
        'datadog: 0 lines sent, 0 objects cleared; lines of one agent are left: forbidden (log-drain parked show tells more)\n',
    });
  });

  it('passes on what is asked for, and touches nothing with --dry-run', async () => {
    const { run, objects, requests } = await deploy(new Map([...parked(3), ...parked(2, 'CA_b')]));

    const dry = await run('--dry-run', '--destination', 'datadog', '--agent', 'CA_b');
    const before = objects.size;
    await run('--rejected', '--since', '2026-01-15T10:30:00Z');

    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^datadog: would send 2 objects, .*, the oldest \d+ \w+ old\n$/);
    expect(before).toBe(5);
    expect(requests()).toMatchObject([
      { dryRun: true, destination: 'datadog', agent: 'CA_b' },
      { rejected: true, since: T0 },
    ]);
  });

  it.each([
    [
      'a function that crashes',
      (() => ({ errorType: 'Runtime.ExitError' })) satisfies PlayedFunction,
      'the redrive function my-redrive failed: its log group says why',
    ],
    [
      'a function that may not be invoked',
      (() => ({ refused: 'AccessDeniedException', status: 403 })) satisfies PlayedFunction,
      'cannot invoke my-redrive: AWS does not allow it (AccessDeniedException). Ask for the permission lambda:InvokeFunction',
    ],
  ])('tells of %s', async (_, play, words) => {
    const { run } = await deployFunction(new Map(), play);

    const { code, stdout, stderr } = await run();

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });
});

describe('redrive beside another run', () => {
  const BUSY: DestinationResult = {
    state: 'busy',
    objects: 0,
    bytes: 0,
    cleared: 0,
    lines: 0,
    failed: 0,
    failedLines: 0,
    setAside: 0,
    garbled: 0,
    waiting: {},
    onFailure: 0,
    onFailureLeft: 0,
  };

  async function runAgainst(answers: readonly DestinationResult[]) {
    const chunks: string[] = [];
    const sink = () =>
      new Writable({
        write: (chunk, _encoding, done) => {
          chunks.push(String(chunk));
          done();
        },
      });
    const waits: number[] = [];
    let calls = 0;
    const options = readOptions(REDRIVE_OPTIONS, { function: 'f' }, {});
    if (options.kind === 'problem') throw new Error(options.problem);
    const code = await redriveCommand(
      options.values,
      { stdout: sink(), stderr: sink() },
      {
        invoke: async (): Promise<Invoked> => {
          const datadog = answers[Math.min(calls, answers.length - 1)];
          calls += 1;
          return {
            kind: 'returned',
            value: { startedMs: calls, destinations: { datadog }, unknown: 0, notDeployed: [] },
          };
        },
        sleep: async (ms) => void waits.push(ms),
      },
    );
    return { code, text: chunks.join(''), waits, calls };
  }

  it('waits for its end', async () => {
    const { code, text, waits } = await runAgainst([
      BUSY,
      BUSY,
      { ...BUSY, state: 'done', cleared: 2, lines: 3 },
    ]);

    expect(code).toBe(0);
    expect(waits).toEqual([5_000, 5_000]);
    expect(text).toContain('another run is at it, waiting');
    expect(text).toContain('datadog: 3 lines sent, 2 objects cleared');
  });

  it('gives up after a quarter of an hour', async () => {
    const { code, text, waits } = await runAgainst([BUSY]);

    expect(code).toBe(1);
    expect(waits).toHaveLength(204);
    expect(text).toContain('another run is still at it: try again later');
  });

  it('ends when nothing moves any more', async () => {
    const { code, calls } = await runAgainst([{ ...BUSY, state: 'unfinished', waiting: { 'not-tried': 3 } }]);

    expect([code, calls]).toEqual([1, 1]);
  });
});
