import { describe, expect, it } from 'vitest';
import { DESTINATION as DATADOG } from '../../lambdas/datadog/destination.ts';
import { createDeliveries, kinesisRecord } from '../helpers/engine-harness.ts';
import { leaksIn } from '../helpers/leaks.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

/** One delivery by settings whose lines cannot get out, and what there is of it. */
async function deliverWith(secret: string) {
  const deliveries = createDeliveries(DATADOG, { secret: () => ({ kind: 'found', text: secret }) });
  const report = await deliveries.deliver([kinesisRecord({ lines: ['a line of content'] })]);
  const { logs, objects } = deliveries;
  return { report, logs, printed: JSON.stringify(logs), kept: [...objects.values()].join('\n') };
}

describe('settings that somebody garbled', () => {
  it.each([
    ['the token as the region', { DATADOG_TOKEN: 'x', DATADOG_REGION: TOKEN }],
    ['the token as the least level', { DATADOG_TOKEN: 'x', LOGS_MIN_LEVEL: TOKEN }],
    ['the token as a certificate', { DATADOG_TOKEN: 'x', LOGS_CA: TOKEN }],
    ['the token in a URL', { DATADOG_TOKEN: 'x', DATADOG_URL: `https://${TOKEN}@example.com/` }],
    ['the token with a line end in it', { DATADOG_TOKEN: `${TOKEN}\r\n${TOKEN}` }],
    ['the token as a name', { [TOKEN]: 'DATADOG_TOKEN' }],
    ['a list of tokens', { DATADOG_TOKEN: [TOKEN] }],
    ['a list by the name of the token', { [`${TOKEN}\r\n`]: [TOKEN] }],
  ])('are told of without %s', async (_what, settings) => {
    const { report, logs, printed, kept } = await deliverWith(JSON.stringify(settings));

    expect(report.batchItemFailures).toEqual([]);
    expect(logs.map(({ event }) => event)).toEqual(['settings_bad', 'lines_parked']);
    expect(leaksIn(printed + kept, [TOKEN])).toEqual([]);
    expect(printed).not.toMatch(/\\[rnu]/);
  });

  it.each(['', TOKEN, `"${TOKEN}"`, `{"DATADOG_TOKEN":"${TOKEN}"`, `["${TOKEN}"]`])(
    'are told of though they are no settings at all: %j',
    async (text) => {
      const { logs, printed, kept } = await deliverWith(text);

      expect(logs.map(({ event }) => event)).toEqual(['settings_bad', 'lines_parked']);
      expect(leaksIn(printed + kept, [TOKEN])).toEqual([]);
    },
  );

  it('are named in part where there are thousands', async () => {
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`SETTING_${i}`, 'x']));
    const { logs } = await deliverWith(
      JSON.stringify({ DATADOG_TOKEN: 'x', DATADOG_URL: 'http://127.0.0.1:9', ...many }),
    );

    const { names } = logs.find(({ event }) => event === 'settings_unknown')?.fields ?? {};
    expect(names).toHaveLength(20);
  });

  it('are told of by the names that look like one', async () => {
    // Nothing is sent in clear, so nothing leaves this machine.
    const good = { DATADOG_TOKEN: 'x', DATADOG_URL: 'http://127.0.0.1:9' };
    const { logs } = await deliverWith(JSON.stringify({ ...good, [TOKEN]: 'x', DATADOG_TOKN: 'x' }));

    expect(logs.find(({ event }) => event === 'settings_unknown')?.fields).toEqual({
      names: ['(a name that is not shown)', 'DATADOG_TOKN'],
    });
  });
});
