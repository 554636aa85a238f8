import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultScript } from '../../receivers/kit/faults.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { difference, IDS, READ_BACKS, readLines, readRows, shipperEvent } from '../helpers/accepted-lines.ts';
import { type FinishedLocal, node, PATIENCE_MS, resultIn, runLocal } from '../helpers/local-process.ts';

const COUNT = 2_500;
const WRITTEN = Array.from({ length: COUNT }, (_, at) => `line ${at}`);
/** Waits in between, so that there is more than one record. */
const AGENT = node(`
  const write = (from, to) => { for (let i = from; i < to; i += 1) console.log('line ' + i); };
  write(0, 1000);
  setTimeout(() => { write(1000, 2000); setTimeout(() => write(2000, ${COUNT}), 1500); }, 1500);`);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'local-faults-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function runWith(
  name: string,
  faults: FaultScript,
  args: readonly string[] = [],
): Promise<FinishedLocal> {
  const file = join(dir, `${name}.json`);
  await writeFile(file, JSON.stringify(faults));
  const out = join(dir, name);
  return runLocal({ args: ['--json', '--out', out, '--faults', file, ...args], command: AGENT });
}

describe('log-drain local --faults, where every part fails for a while', () => {
  let run: FinishedLocal;
  const out = (): string => join(dir, 'while');

  beforeAll(async () => {
    const throttled = {
      kind: 'fail-records',
      every: 2,
      code: 'ProvisionedThroughputExceededException',
    } as const;
    run = await runWith('while', {
      kinesis: [
        { kind: 'reset', when: 'before' },
        { ...throttled, times: 2 },
        { kind: 'status', status: 500 },
      ],
      secretsmanager: [
        { kind: 'status', status: 500, times: 2 },
        { kind: 'reset', when: 'before' },
      ],
      datadog: [
        { kind: 'status', status: 503, times: 3 },
        { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
      ],
      cloudwatch: [
        { kind: 'reset', when: 'before', times: 2 },
        { kind: 'delay', ms: 200 },
      ],
      sentry: [{ kind: 'hang', after: 1 }],
      newrelic: [{ kind: 'accept-then-status', status: 503 }],
      splunk: [{ kind: 'reset', when: 'after' }],
      syslog: [{ kind: 'reset', when: 'after' }],
    });
  }, PATIENCE_MS);

  it('loses and parks nothing and ends with 0', () => {
    const { destinations } = resultIn(run);

    expect(run.code).toBe(0);
    for (const id of IDS) expect([id, destinations[id]]).toMatchObject([id, { lost: 0, parked: 0 }]);
  });

  it('sends twice only what a service took before it failed, and counts that', async () => {
    const { destinations } = resultIn(run);

    for (const id of IDS) {
      const texts = (await readRows(out(), id)).length;
      expect([id, destinations[id]]).toMatchObject([id, { delivered: texts, duplicates: texts - COUNT - 2 }]);
    }
    for (const id of ['datadog', 'cloudwatch'] as const) {
      expect([id, destinations[id]?.duplicates], run.stderr).toEqual([id, 0]);
    }
    for (const id of ['newrelic', 'splunk', 'syslog'] as const) {
      expect(destinations[id]?.duplicates).toBeGreaterThan(0);
    }
  });

  it('brings every line, in order where a service sorts by number', async () => {
    for (const id of IDS) {
      const lines = (await readLines(out(), id)).filter((line) => shipperEvent(line) === undefined);
      const met = new Set<string>();
      const once = lines.filter(({ text }) => !met.has(text) && met.add(text));

      if (READ_BACKS[id].sorting) expect([id, difference(WRITTEN, once)]).toEqual([id, undefined]);
      else expect([id, once.map(({ text }) => text).toSorted()]).toEqual([id, WRITTEN.toSorted()]);
    }
  });

  it('says what goes wrong, each kind once, without a line of the agent', () => {
    const own = run.stderr.split('\n').filter((line) => line.startsWith('log-drain: ['));

    expect(own.some((line) => line.startsWith('log-drain: [datadog] attempt_failed'))).toBe(true);
    expect(new Set(own).size).toBe(own.length);
    expect(own.filter((line) => /line \d/.test(line))).toEqual([]);
  });
});

describe('log-drain local --faults with four shards, where services refuse for ever and parking fails at first', () => {
  let run: FinishedLocal;
  const refusals = IDS.flatMap((id) => {
    const { refusal } = RECEIVERS[id].answers;
    return refusal === undefined ? [] : [[id, [{ ...refusal, times: 0 }]] as const];
  });
  const REFUSING = refusals.map(([id]) => id);

  beforeAll(async () => {
    const faults = {
      ...Object.fromEntries(refusals),
      s3: [
        { kind: 'status', status: 503, times: 2 },
        { kind: 'reset', when: 'before' },
      ] as const,
    };
    run = await runWith('ever', faults, ['--shards', '4']);
  }, PATIENCE_MS);

  it('parks all of their lines: nothing is delivered, and nothing is lost', async () => {
    const { lines, destinations } = resultIn(run);
    const written = COUNT + 2;

    expect(run.code).toBe(0);
    expect(lines).toEqual({ stdout: COUNT, stderr: 0, events: 2 });
    for (const id of REFUSING) {
      const counts = { received: written, delivered: 0, parked: written, duplicates: 0, lost: 0 };
      expect([id, destinations[id]]).toMatchObject([id, counts]);
      expect([id, await readRows(join(dir, 'ever'), id)]).toEqual([id, []]);
    }
  });

  it('does not hold up those that take their lines', async () => {
    for (const id of IDS.filter((one) => !REFUSING.includes(one))) {
      const lines = await readLines(join(dir, 'ever'), id);
      const ofAgent = lines.filter((line) => shipperEvent(line) === undefined);

      expect([id, difference(WRITTEN, ofAgent)]).toEqual([id, undefined]);
      const counts = { delivered: COUNT + 2, parked: 0, duplicates: 0 };
      expect([id, resultIn(run).destinations[id]]).toMatchObject([id, counts]);
    }
  });
});
