import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type AlarmRow, destinationAlarms, drainAlarms } from '../../cdk/alarm-table.ts';
import { drainSchema } from '../../cdk/config.ts';
import { isCrossed, type MetricRow } from './alarm-state.ts';
import { startWatchedDrain, type WatchedDrain, type WatchedDrainOptions } from './watched-drain.ts';

const CONFIG = drainSchema.parse({ destinations: ['datadog', 'syslog'], alarms: { quietMinutes: 5 } });
const ROWS: readonly AlarmRow[] = [...destinationAlarms(CONFIG), ...drainAlarms(CONFIG)];

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 1_440 * MINUTE_MS;
/** Functions start as processes, on a machine that may be busy with other tests. */
const PATIENCE_MS = 120_000;

const AGENTS = Array.from({ length: 12 }, (_, i) => `agent-${i}`);

let drain: WatchedDrain | undefined;
afterEach(async () => {
  await drain?.close();
  drain = undefined;
});

interface Fault extends Partial<WatchedDrainOptions> {
  readonly what: string;
  readonly happens: (drain: WatchedDrain) => Promise<void>;
}

function serviceAnswers({ receivers }: WatchedDrain, status: number, times: number): void {
  for (const { faults } of receivers) faults.set([{ kind: 'status', status, times }]);
}

/** Lines of so long ago, which are read from now on. */
async function readLate(late: WatchedDrain, agoMs: number): Promise<void> {
  late.clock.agoMs = agoMs;
  await late.put(AGENTS);
  late.clock.agoMs = 0;
  late.read();
}

/** By the alarm's id: what should raise it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  DeliveryErrors: {
    what: 'the service fails for each agent once',
    happens: async (failing) => {
      serviceAnswers(failing, 503, AGENTS.length);
      await failing.put(AGENTS);
      failing.read();
    },
  },
  LinesMisconfigured: {
    what: 'the token is wrong',
    settings: { DATADOG_TOKEN: 'pub00000000000000000000000000000000' },
    happens: async (refused) => {
      await refused.put(AGENTS);
      refused.read();
    },
  },
  LinesParked: {
    what: 'the service is down for longer than the stall limit',
    happens: async (down) => {
      serviceAnswers(down, 503, 0);
      await readLate(down, (CONFIG.stallLimitSeconds + 60) * SECOND_MS);
    },
  },
  Late: {
    what: 'lines have waited in the stream',
    happens: (late) => readLate(late, 2 * MINUTE_MS),
  },
  FunctionErrors: {
    what: 'the function runs out of time',
    hosting: { timeoutMs: 1 },
    happens: async (slow) => {
      await slow.put(AGENTS);
      slow.read();
    },
  },
  FunctionThrottles: {
    what: 'the concurrency is used up',
    hosting: { concurrency: 0 },
    happens: async (throttled) => {
      await throttled.put(AGENTS);
      throttled.read();
    },
  },
  NotRunning: {
    what: 'the mapping is disabled',
    happens: (disabled) => disabled.put(AGENTS),
  },
  BatchesExpired: {
    what: 'the function was not started for longer than the record age',
    happens: async (expired) => {
      await readLate(expired, 120 * MINUTE_MS);
      await expired.settled();
      await expired.redrive();
    },
  },
  ParkedTooLong: {
    what: 'the service was down sixteen days ago and still is',
    happens: async (down) => {
      serviceAnswers(down, 503, 0);
      down.clock.agoMs = 16 * DAY_MS;
      await down.put(AGENTS);
      down.read();
      await down.settled();
      await down.redrive();
    },
  },
  WriteThrottles: {
    what: 'agents write more than a shard takes',
    happens: (throttled) =>
      throttled.put(AGENTS.slice(0, 4), () => randomBytes(300 * 1024).toString('base64')),
  },
  RedriveErrors: {
    what: 'redrive may not use the bucket',
    happens: async (forbidden) => {
      forbidden.s3.faults.set([{ kind: 'status', status: 403, times: 0 }]);
      await forbidden.redrive();
    },
  },
  Quiet: {
    what: 'no agent sends a line',
    happens: async (quiet) => quiet.read(),
  },
};

describe('the alarms', () => {
  it('each have a fault that should raise them', () => {
    expect(Object.keys(FAULTS).toSorted()).toEqual(ROWS.map(({ id }) => id).toSorted());
  });

  it(
    'are not raised while lines are delivered',
    async () => {
      drain = await startWatchedDrain({ destinations: CONFIG.destinations });
      const quiet = drain;

      quiet.read();
      await quiet.put(AGENTS);
      await quiet.settled();
      await quiet.redrive();

      const raised = CONFIG.destinations.flatMap((id) =>
        ROWS.filter((row) => isCrossed(row, quiet.valuesOf(id))).map((row) => `${id} ${row.id}`),
      );
      expect(raised).toEqual([]);
      expect(quiet.accepted.length).toBe(AGENTS.length * CONFIG.destinations.length);
      expect(quiet.receivers.flatMap(({ violations }) => violations)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.each(ROWS.map((row) => [row.id, FAULTS[row.id]?.what, row] as const))(
    '%s is raised when %s',
    async (id, _what, row) => {
      const { happens = () => Promise.reject(new Error('no fault for it')), ...options } = FAULTS[id] ?? {};
      drain = await startWatchedDrain({ destinations: ['datadog'], ...options });
      const values = drain.valuesOf('datadog');

      await happens(drain);

      await expect.poll(() => isCrossed(row, values), { timeout: PATIENCE_MS / 2 }).toBe(true);
    },
    PATIENCE_MS,
  );
});

describe('the reading of an alarm', () => {
  const metric = (name: string): MetricRow => ({ of: 'stream', name, statistic: 'Sum' });
  const row = {
    id: 'Test',
    metrics: { a: metric('A') },
    breaches: 'at least',
    threshold: 2,
    minutes: 1,
    breachingMinutes: 1,
    missing: 'notBreaching',
    says: '',
  } as const satisfies AlarmRow;

  it('compares as the row says, at its threshold', () => {
    const at = (breaches: AlarmRow['breaches'], value: number) =>
      isCrossed({ ...row, breaches }, () => value);

    expect([at('at least', 1), at('at least', 2)]).toEqual([false, true]);
    expect([at('above', 2), at('above', 3)]).toEqual([false, true]);
    expect([at('below', 2), at('below', 1)]).toEqual([false, true]);
  });

  it('takes missing data as the row says', () => {
    const missing = () => undefined;

    expect(isCrossed(row, missing)).toBe(false);
    expect(isCrossed({ ...row, missing: 'breaching' }, missing)).toBe(true);
    expect(isCrossed({ ...row, expression: 'IF(FILL(a, 0) == 0, 2, 0)' }, missing)).toBe(true);
    expect(isCrossed({ ...row, expression: 'IF(a < 1, 2, 2)' }, missing)).toBe(false);
  });

  it('calculates the expression', () => {
    const both = {
      ...row,
      metrics: { a: metric('A'), b: metric('B') },
      expression: 'IF(a > 1 AND b * 2 >= a, 2, 0)',
    };
    const crossed = (a: number, b: number) => isCrossed(both, ({ name }) => (name === 'A' ? a : b));

    expect([crossed(1, 5), crossed(4, 1), crossed(4, 2)]).toEqual([false, false, true]);
  });
});
