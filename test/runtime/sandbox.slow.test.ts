import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeliveryReport } from '../../shared/parking/kinesis-event.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../helpers/runtime/client.ts';
import { bundleOf } from '../helpers/runtime/drain.ts';
import { needsRuntime } from '../helpers/runtime/needed.ts';

async function withRuntime(
  options: RuntimeOptions,
  work: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  const runtime = await startRuntime(options);
  try {
    await work(runtime);
  } finally {
    await runtime.close();
  }
}

/** Runs a function of a few lines of JavaScript. */
async function withFunction(
  source: string,
  options: Omit<RuntimeOptions, 'bundle'>,
  work: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'function-'));
  const bundle = join(directory, 'index.mjs');
  try {
    await writeFile(bundle, source);
    await withRuntime({ ...options, bundle }, work);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('the sandbox that the tests run functions in', () => {
  needsRuntime();

  it('hands over events and returns answers', async () => {
    const source =
      'export const handler = async ({ a }, { getRemainingTimeInMillis }) => [a, getRemainingTimeInMillis() > 0];';
    await withFunction(source, {}, async ({ invoke }) => {
      expect(await invoke({ a: 1 })).toMatchObject({ kind: 'result', value: [1, true] });
      expect(await invoke({ a: 2 })).toMatchObject({ kind: 'result', value: [2, true] });
    });
  });

  it('tells what a function throws', async () => {
    const source = "export const handler = async () => { throw new TypeError('boom'); };";
    await withFunction(source, {}, async ({ invoke }) => {
      expect(await invoke({})).toMatchObject({ kind: 'error', errorType: 'TypeError', errorMessage: 'boom' });
    });
  });

  it('tells why a function does not start', async () => {
    await withFunction("throw new RangeError('no start');", {}, async ({ invoke, started }) => {
      expect(await started).toMatchObject({ errorType: 'RangeError', errorMessage: 'no start' });
      expect(await invoke({})).toMatchObject({ kind: 'error', errorType: 'RangeError' });
    });
  });

  it('kills a function at its deadline', async () => {
    const source = 'export const handler = () => new Promise(() => setInterval(() => {}, 1000));';
    await withFunction(source, { timeoutMs: 300 }, async ({ invoke, isGone }) => {
      const result = await invoke({});

      expect(result).toMatchObject({
        errorType: 'Sandbox.Timedout',
        errorMessage: 'Task timed out after 0.30 seconds',
      });
      await expect.poll(isGone).toBe(true);
      expect(await invoke({})).toMatchObject({ kind: 'error' });
    });
  });

  it('kills even one that never yields', async () => {
    await withFunction(
      'export const handler = () => { for (;;); };',
      { timeoutMs: 300 },
      async ({ invoke }) => {
        expect(await invoke({})).toMatchObject({ errorType: 'Sandbox.Timedout' });
      },
    );
  });

  it('stops the process between events', async () => {
    const source =
      'let ticks = 0; setInterval(() => { ticks += 1; }, 1); export const handler = async () => ticks;';
    await withFunction(source, { freeze: true }, async ({ invoke, isFrozen, started }) => {
      await started;
      await expect.poll(isFrozen).toBe(true);
      expect(await invoke({})).toMatchObject({ kind: 'result' });
      await expect.poll(isFrozen).toBe(true);
    });
  });

  it('tells that a process has ended by itself', async () => {
    await withFunction('export const handler = () => process.exit(3);', {}, async ({ invoke }) => {
      expect(await invoke({})).toMatchObject({ errorType: 'Runtime.ExitError' });
    });
  });
});

describe('a function with a variable that it cannot use', () => {
  needsRuntime();

  it('names the variable and what it must be', async () => {
    const env = { STALL_LIMIT_SECONDS: 'soon' };
    await withRuntime({ bundle: bundleOf('datadog'), env }, async ({ invoke }) => {
      expect(await invoke({ Records: [] })).toMatchObject({
        errorType: 'EnvironmentError',
        errorMessage: 'STALL_LIMIT_SECONDS must be a number of seconds (got "soon").',
      });
    });
  });

  it('says what is wrong with an event that no mapping sends', async () => {
    await withRuntime({ bundle: bundleOf('datadog') }, async ({ invoke }) => {
      expect(await invoke({ records: [] })).toMatchObject({
        errorType: 'TypeError',
        errorMessage: expect.stringContaining('event source mapping') as string,
      });
      const empty: DeliveryReport = { batchItemFailures: [] };
      expect(await invoke({ Records: [] })).toMatchObject({ kind: 'result', value: empty });
    });
  });
});
