import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DestinationId } from '../../lambdas/registry.ts';
import { startAgentRun } from '../../local/agent-run.ts';
import { startTwin, type Twin } from '../../local/local-stack.ts';
import { linesSetAside } from '../../local/set-aside.ts';
import type { Receiver, StartReceiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { startSyslog } from '../../receivers/syslog/receiver.ts';
import { IDS } from '../helpers/accepted-lines.ts';
import { leaksIn, secretsOf } from '../helpers/leaks.ts';
import { node, PATIENCE_MS } from '../helpers/local-process.ts';

const MARKER = `marker${randomBytes(8).toString('hex')}`;
const LINES = 300;

/** By default a syslog receiver asks for none. */
const ACCOUNT = randomBytes(16).toString('hex');
const startSyslogOfAccount: StartReceiver = (onAccepted) =>
  startSyslog(onAccepted, { structuredData: `[logdna@48950 key="${ACCOUNT}"]` });

/** Lines that look like something of ours, or that a terminal would act on. */
const METRICS = [{ Namespace: 'Evil', Dimensions: [[]], Metrics: [{ Name: MARKER, Unit: 'Count' }] }];
const LOOK_ALIKES = [
  JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: METRICS }, [MARKER]: 1 }),
  `${MARKER}\r{"_aws":{"Timestamp":1,"CloudWatchMetrics":${JSON.stringify(METRICS)}},"${MARKER}":1}`,
  JSON.stringify({ level: 'ERROR', message: 'lines_parked', agent: MARKER, service: 'Evil' }),
  `\u001b[2J\u001b]0;${MARKER}\u0007`,
  `{"log_drain":1,"agent_id":"CA_other","worker_id":"${MARKER}"}`,
  `END RequestId: ${MARKER} Evil`,
];

describe('settings and lines, while every service echoes both in its errors', () => {
  let twin: Twin;
  const receivers: (Receiver & { readonly id: DestinationId })[] = [];
  const secrets: string[] = [];
  /** Everything that functions and shipper write, metrics too. */
  const output: string[] = [];
  let accepted = 0;

  beforeAll(async () => {
    for (const id of IDS) {
      const start = id === 'syslog' ? startSyslogOfAccount : RECEIVERS[id].start;
      receivers.push({ ...(await start(() => (accepted += 1))), id });
    }
    secrets.push(ACCOUNT, ...receivers.flatMap(({ id, settings }) => secretsOf(id, settings)));
    for (const { id, faults, settings } of receivers) {
      const body = JSON.stringify({
        __type: 'AccessDeniedException',
        message: `no ${Object.values(settings).join(' ')} for ${MARKER} ERROR 1`,
      });
      const fail = { kind: 'status', body } as const;
      if (RECEIVERS[id].protocol === 'syslog') faults.set([{ kind: 'reset', when: 'before' }]);
      else
        faults.set([
          { ...fail, status: 500 },
          { ...fail, status: 403, times: 0 },
        ]);
    }
    twin = await startTwin({
      places: receivers.map(({ id, settings }) => ({ id, kind: 'real', settings })),
      shards: 1,
      faults: { kinesis: [{ kind: 'status', status: 500, body: `{"message":"${MARKER}"}` }] },
      distDir: resolve('dist'),
      onAccepted: () => undefined,
      onFunctionLog: (id, line) => output.push(`${id}: ${line}`),
    });
    const agent = startAgentRun({
      program: resolve('dist', 'log-drain.mjs'),
      command: node(
        `for (let i = 0; i < ${LINES}; i += 1) console.log('${MARKER} ERROR ' + i);
        for (const line of ${JSON.stringify(LOOK_ALIKES)}) console.log(line)`,
      ),
      twin,
      agentId: 'CA_secret',
      workerId: 'CAW_secret',
      onOutput: () => undefined,
      onMessage: (line) => output.push(line),
    });
    await agent.ended;
    await twin.drained();
    await twin.close();
  }, PATIENCE_MS);
  afterAll(() => Promise.all(receivers.map((receiver) => receiver.close())));

  it('are met: lines were delivered, refused and parked, and there are logs and metrics of it', () => {
    const all = output.join('\n');

    expect(receivers.flatMap(({ violations }) => violations)).toEqual([]);
    expect(accepted).toBe(LINES + LOOK_ALIKES.length + 2);
    expect(secrets.length).toBeGreaterThanOrEqual(9);
    for (const id of IDS.filter((one) => one !== 'syslog')) {
      expect(all).toMatch(new RegExp(`^${id}: .*"CloudWatchMetrics"`, 'm'));
      expect(all).toMatch(new RegExp(`^${id}: .*"lines_(refused|parked)"`, 'm'));
      expect(twin.parked(`parked/${id}/`)).not.toEqual([]);
    }
  });

  it('are in no log, no metric and no message of the shipper', () => {
    expect(leaksIn(output.join('\n'), [MARKER, ...secrets])).toEqual([]);
  });

  it('make no metric and no log of ours, whatever they look like', () => {
    const all = output.join('\n');
    const metrics = output.filter((line) => line.includes('"_aws"'));

    expect(metrics.length).toBeGreaterThan(5);
    for (const line of metrics) expect(line).toMatch(/^[a-z0-9-]+: \{"_aws":.*"Namespace":"LogDrain"/);
    expect(all).not.toMatch(/Evil|CA_other/);
    expect(all).not.toContain('\u001b');
  });

  it('are in no parked answer; a parked object holds its lines only as records', () => {
    for (const id of IDS) {
      let echoes = 0;
      for (const body of twin.parked(`parked/${id}/`)) {
        const { Records, ...rest } = JSON.parse(body) as { readonly Records: readonly unknown[] };
        expect(Records.length).toBeGreaterThan(0);
        expect(leaksIn(body, secrets)).toEqual([]);
        // A batch that had not got the line that is echoed could not know it.
        const texts = linesSetAside({ id }, () => [body]).map(({ text }) => text);
        if (!texts.includes(`${MARKER} ERROR 1`)) continue;
        expect(leaksIn(JSON.stringify(rest), [MARKER])).toEqual([]);
        echoes += 1;
      }
      expect([id, echoes > 0]).toEqual([id, RECEIVERS[id].protocol !== 'syslog']);
    }
  });
});
