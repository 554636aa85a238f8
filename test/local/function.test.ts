import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createEmfCollector } from '../../local/function/emf.ts';
import { startFunction } from '../../local/function/function.ts';
import type { InvokeResult } from '../../local/function/invoke-result.ts';
import type { FunctionOptions } from '../../local/function/options.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Writes a bundle and hosts it. */
async function host(source: string, options: Partial<FunctionOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'log-drain-function-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  const bundle = join(directory, 'index.mjs');
  await writeFile(bundle, source);
  const stdout: string[] = [];
  const stderr: string[] = [];
  const hosted = startFunction({
    name: 'log-drain-datadog',
    bundle,
    env: {},
    timeoutMs: 20_000,
    onStdout: (line) => stdout.push(line),
    onStderr: (line) => stderr.push(line),
    ...options,
  });
  cleanups.push(() => hosted.close(0));
  return { hosted, stdout, stderr, directory };
}

function valueOf(result: InvokeResult): unknown {
  return result.kind === 'result' ? result.value : result;
}

describe('a hosted function', () => {
  it('runs each event in a container of its own if told so, and leaves none behind', async () => {
    const { hosted } = await host(
      `
      let calls = 0;
      export const handler = async () => [process.pid, ++calls];
    `,
      { alwaysCold: true },
    );

    const [first, second] = [await hosted.invoke({}), await hosted.invoke({})].map(valueOf);

    expect([first, second]).toEqual([
      [expect.any(Number), 1],
      [expect.any(Number), 1],
    ]);
    expect(second).not.toEqual(first);
    expect(hosted.counters.coldStarts).toBe(2);
    expect(hosted.pids()).toEqual([]);
  });

  it('tells the processes of its containers', async () => {
    const { hosted } = await host(`export const handler = async () => process.pid;`);

    const result = await hosted.invoke({});

    expect(hosted.pids()).toEqual([valueOf(result)]);
  });

  it('gets a fresh event and keeps its state between invocations', async () => {
    const { hosted } = await host(`
      let calls = 0;
      export const handler = async (event) => {
        const seen = JSON.stringify(event);
        event.Records.push('changed');
        return { seen, calls: ++calls };
      };
    `);
    const event = { Records: ['ü', '\u2028'] };

    const results = [await hosted.invoke(event), await hosted.invoke(event)];

    expect(results.map(valueOf)).toEqual([
      { seen: JSON.stringify(event), calls: 1 },
      { seen: JSON.stringify(event), calls: 2 },
    ]);
    expect(event).toEqual({ Records: ['ü', '\u2028'] });
    expect(hosted.counters).toEqual({ invocations: 2, coldStarts: 1 });
  });

  it('gets a context like that of Lambda', async () => {
    const { hosted } = await host(
      `export const handler = async (event, context) => ({
        ...context, remaining: context.getRemainingTimeInMillis(), later: await new Promise((resolve) =>
          setTimeout(() => resolve(context.getRemainingTimeInMillis()), 20)),
      });`,
      { timeoutMs: 10_000, memoryMb: 256, env: { AWS_REGION: 'eu-central-1' } },
    );

    const result = await hosted.invoke({});

    expect(result).toMatchObject({
      kind: 'result',
      value: {
        functionName: 'log-drain-datadog',
        functionVersion: '$LATEST',
        invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:log-drain-datadog',
        memoryLimitInMB: '256',
        logGroupName: '/aws/lambda/log-drain-datadog',
        awsRequestId: result.kind === 'result' ? result.requestId : 'none',
      },
    });
    const { remaining, later } = valueOf(result) as { remaining: number; later: number };
    expect(remaining).toBeLessThanOrEqual(10_000);
    expect(remaining).toBeGreaterThan(0);
    expect(later).toBeLessThan(remaining);
  });

  it('has the environment that it was given and that of Lambda, nothing of ours', async () => {
    const { hosted, directory } = await host(
      `import { homedir } from 'node:os';
       export const handler = async () => ({ env: process.env, cwd: process.cwd() });`,
      { env: { SECRET_PREFIX: 'log-drain', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } },
    );

    const { env, cwd } = valueOf(await hosted.invoke({})) as { env: Record<string, string>; cwd: string };

    expect(env).toMatchObject({
      SECRET_PREFIX: 'log-drain',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_LAMBDA_FUNCTION_NAME: 'log-drain-datadog',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    const ours = Object.keys(process.env).filter((name) => !name.startsWith('AWS_') && name !== 'TZ');
    expect(ours.length).toBeGreaterThan(0);
    expect(Object.keys(env).filter((name) => ours.includes(name))).toEqual([]);
    expect(cwd).toBe(directory);
  });

  it('answers what JSON makes of its value', async () => {
    const { hosted } = await host(`export const handler = async (event) => event.nothing;`);

    expect(valueOf(await hosted.invoke({}))).toBeNull();
    expect(valueOf(await hosted.invoke({ nothing: { deep: [1] } }))).toEqual({ deep: [1] });
  });

  it('takes an event of 6 MiB', async () => {
    const { hosted } = await host(`export const handler = async ({ data }) => data.length;`);

    const result = await hosted.invoke({ data: 'x'.repeat(6 * 1024 * 1024) });

    expect(valueOf(result)).toBe(6 * 1024 * 1024);
  });
});

describe('what goes wrong in a function', () => {
  it('is an error with name and message when it throws, and the container lives on', async () => {
    const { hosted } = await host(`export const handler = async () => { throw new RangeError('too far'); };`);

    const results = [await hosted.invoke({}), await hosted.invoke({})];

    expect(results).toMatchObject([
      { kind: 'error', errorType: 'RangeError', errorMessage: 'too far' },
      { kind: 'error', errorType: 'RangeError' },
    ]);
    expect(hosted.counters.coldStarts).toBe(1);
  });

  it.each([
    { name: 'a promise that never settles', body: 'if (event.hang) await new Promise(() => {}); return 1;' },
    { name: 'a busy loop', body: 'if (event.hang) for (;;); return 1;' },
  ])('is Sandbox.Timedout at the deadline for $name, and a new container next', async ({ body }) => {
    const { hosted } = await host(`export const handler = async (event) => { ${body} };`, {
      timeoutMs: 1000,
    });
    await hosted.invoke({});

    const late = await hosted.invoke({ hang: true });
    const next = await hosted.invoke({});

    expect(late).toMatchObject({
      kind: 'error',
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    });
    expect(valueOf(next)).toBe(1);
    expect(hosted.counters.coldStarts).toBe(2);
  });

  it.each([
    { name: 'exits', body: 'process.exit(7)', how: 'exit status 7' },
    {
      name: 'is killed',
      body: "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})",
      how: 'SIGKILL',
    },
    {
      name: 'has an uncaught exception',
      body: "setTimeout(() => { throw new Error('late') }); await new Promise(() => {})",
      how: 'exit status 1',
    },
  ])('is Runtime.ExitError when it $name, and a new container next', async ({ body, how }) => {
    const { hosted } = await host(
      `export const handler = async (event) => { if (event.crash) { ${body} } return 'alive'; };`,
    );

    const crashed = await hosted.invoke({ crash: true });
    const next = await hosted.invoke({});

    expect(crashed).toMatchObject({
      kind: 'error',
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining(how),
    });
    expect(valueOf(next)).toBe('alive');
    expect(hosted.counters.coldStarts).toBe(2);
  });

  it('does not fail the next invocation when it crashes between two', async () => {
    const { hosted, stderr } = await host(
      `export const handler = async () => { setImmediate(() => { throw new Error('after the answer') }); return process.pid; };`,
    );

    const first = await hosted.invoke({});
    await vi.waitFor(() => expect(() => process.kill(Number(valueOf(first)), 0)).toThrow(/ESRCH/), 20_000);
    const second = await hosted.invoke({});

    expect(second.kind).toBe('result');
    expect(stderr.join('\n')).toContain('after the answer');
  });

  it('is Runtime.ExitError when it uses more heap than it has', async () => {
    const { hosted } = await host(
      `export const handler = async () => { const map = new Map(); for (let i = 0; ; i += 1) map.set(i, String(i)); };`,
      { memoryMb: 32 },
    );

    expect(await hosted.invoke({})).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it.each([
    { name: 'throws at import', source: `throw new TypeError('no settings');`, errorType: 'TypeError' },
    { name: 'does not parse', source: `export const handler = (`, errorType: 'SyntaxError' },
    { name: 'exports no handler', source: `export const other = 1;`, errorType: 'Runtime.HandlerNotFound' },
  ])('is told by each invocation when the bundle $name', async ({ source, errorType }) => {
    const { hosted } = await host(source);

    const results = [await hosted.invoke({}), await hosted.invoke({})];

    expect(results).toMatchObject([
      { kind: 'error', errorType },
      { kind: 'error', errorType },
    ]);
    expect(hosted.counters.coldStarts).toBe(2);
  });

  it('is an error, not an exception, when there is no bundle', async () => {
    const { hosted } = await host('', { bundle: '/nonexistent/index.mjs' });

    expect(await hosted.invoke({})).toMatchObject({ kind: 'error', errorType: 'Runtime.ExitError' });
  });
});

describe('containers', () => {
  const gated = `
    import { existsSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    export const handler = async ({ gate }) => {
      console.log('running');
      while (!existsSync(gate)) await setTimeout(5);
      return process.pid;
    };
  `;

  it('are as many as invocations run at once, and are used again', async () => {
    const { hosted, stdout, directory } = await host(gated);
    const gate = join(directory, 'gate');

    const both = [hosted.invoke({ gate }), hosted.invoke({ gate })];
    await vi.waitFor(() => expect(stdout.length).toBe(2), { timeout: 20_000 });
    await writeFile(gate, '');
    const pids = (await Promise.all(both)).map(valueOf);
    const third = valueOf(await hosted.invoke({ gate }));

    expect(new Set(pids).size).toBe(2);
    expect(pids).toContain(third);
    expect(hosted.counters).toEqual({ invocations: 3, coldStarts: 2 });
  });

  it('throttle what comes beyond the reserved concurrency', async () => {
    const { hosted, stdout, directory } = await host(gated, { concurrency: 1 });
    const gate = join(directory, 'gate');

    const first = hosted.invoke({ gate });
    await vi.waitFor(() => expect(stdout.length).toBe(1), { timeout: 20_000 });
    const second = await hosted.invoke({ gate });
    await writeFile(gate, '');

    expect(second).toEqual({ kind: 'throttled' });
    expect((await first).kind).toBe('result');
  });

  it('see a running invocation through when closed, and leave no process behind', async () => {
    const { hosted, stdout, directory } = await host(gated);
    const gate = join(directory, 'gate');
    const running = hosted.invoke({ gate });
    await vi.waitFor(() => expect(stdout.length).toBe(1), { timeout: 20_000 });

    const closed = hosted.close(20_000);
    await writeFile(gate, '');
    await closed;

    const pid = Number(valueOf(await running));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('are ended when the grace is over, even in a busy loop', async () => {
    const { hosted, stdout } = await host(
      `export const handler = async () => { console.log(process.pid); for (;;); };`,
    );
    const running = hosted.invoke({});
    await vi.waitFor(() => expect(stdout.length).toBe(1), { timeout: 20_000 });

    await hosted.close(0);

    expect(await running).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(() => process.kill(Number(stdout[0]), 0)).toThrow(/ESRCH/);
  });
});

describe('output', () => {
  it('is handed over by line and by stream, all of it before the result', async () => {
    const { hosted, stdout, stderr } = await host(`
      export const handler = async ({ count }) => {
        for (let i = 0; i < count; i += 1) console.log('line ' + i);
        console.error('to stderr');
        process.stdout.write('unfinished ü');
      };
    `);

    await hosted.invoke({ count: 3 });
    const afterFirst = [...stdout];
    await hosted.invoke({ count: 5000 });

    expect(afterFirst).toEqual(['line 0', 'line 1', 'line 2', 'unfinished ü']);
    expect(stdout.length).toBe(4 + 5001);
    expect(stdout.at(-2)).toBe('line 4999');
    expect(stderr).toEqual(['to stderr', 'to stderr']);
  });

  it('is complete when the function crashes', async () => {
    const { hosted, stdout } = await host(
      `export const handler = async () => { console.log('last words'); process.exit(1); };`,
    );

    await hosted.invoke({});

    expect(stdout).toEqual(['last words']);
  });
});

describe('the metrics collector', () => {
  const emf = (metrics: Record<string, unknown>) =>
    JSON.stringify({
      _aws: {
        Timestamp: 1_768_473_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'LogDrain',
            Dimensions: [['Stack', 'Destination']],
            Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' })),
          },
        ],
      },
      Stack: 'local',
      Destination: 'datadog',
      ...metrics,
    });

  it('sums single values and lists by metric name', () => {
    const collector = createEmfCollector();

    const taken = [
      collector.line(emf({ LinesDelivered: 3, DeliveryLatency: [10, 30] })),
      collector.line(emf({ LinesDelivered: 4 })),
    ];

    expect(taken).toEqual([true, true]);
    expect(collector.sums()).toEqual({ LinesDelivered: 7, DeliveryLatency: 40 });
    expect(collector.metric('DeliveryLatency')).toEqual({ count: 2, sum: 40, min: 10, max: 30 });
    expect(collector.metric('LinesParked')).toEqual({ count: 0, sum: 0, min: 0, max: 0 });
  });

  it.each([
    'plain text',
    '{"level":"INFO","message":"CloudWatchMetrics"}',
    '{"_aws":{"CloudWatchMetrics":"no"}}',
    '{"_aws":{"CloudWatchMetrics":[{"Metrics":[{}]}]}',
    '',
  ])('leaves other lines alone: %s', (line) => {
    const collector = createEmfCollector();

    expect(collector.line(line)).toBe(false);
    expect(collector.sums()).toEqual({});
  });

  it('never throws, and counts a value once however often it is declared', () => {
    const collector = createEmfCollector();
    const twice = JSON.stringify({
      _aws: {
        CloudWatchMetrics: [{ Metrics: [{ Name: 'A' }] }, { Metrics: [{ Name: 'A' }, { Name: 'B' }] }],
      },
      A: 2,
      B: 'no number',
    });

    collector.line(twice);
    fc.assert(fc.property(fc.json(), (line) => !collector.line(line)));

    expect(collector.sums()).toEqual({ A: 2 });
  });
});
