import { describe, expect, it } from 'vitest';
import { DELIVERED, outcome } from '../../shared/destination/outcome.ts';
import { parseEvent } from '../../shared/parking/kinesis-event.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { isAgentId, isWorkerId } from '../../shared/record/ids.ts';
import { findAgentId, findWorkerId } from '../../shipper/options/identity.ts';
import { createHarness, kinesisRecord, rawRecord } from '../helpers/engine-harness.ts';
import { ARRIVAL, reasonOf, seen } from '../helpers/records.ts';
import { HARMLESS_KEY, HOSTILE_AGENT_IDS, HOSTILE_WORKER_IDS, NASTY_AGENT_IDS } from './hostile-ids.ts';

/** A record of ours, its header written by somebody else. */
function ownRecord(header: object): Buffer {
  const whole = { log_drain: 1, agent_id: 'CA_x', worker_id: 'w', boot: 'b', seq: 0, runs: [[0, 1, 1, 2]] };
  return Buffer.from(`${JSON.stringify({ ...whole, ...header })}\na\n`);
}

function none(): undefined {
  return undefined;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

describe.each(HOSTILE_AGENT_IDS)('an agent id that is %s', (_what, id) => {
  it('is none', () => {
    expect(isAgentId(id)).toBe(false);
  });

  // NUL cannot be in an argument or in the environment, and is refused all the same.
  it.each([
    ['--agent-id', { option: id, env: {}, readToml: none }],
    ['LOG_DRAIN_AGENT_ID', { option: undefined, env: { LOG_DRAIN_AGENT_ID: id }, readToml: none }],
    ['LIVEKIT_AGENT_ID', { option: undefined, env: { LIVEKIT_AGENT_ID: id }, readToml: none }],
    ['livekit.toml', { option: undefined, env: {}, readToml: () => `[agent]\nid = '${id}'\n` }],
  ])('is refused by the shipper as %s, and not repeated', (place, sources) => {
    const found = findAgentId(sources);

    // Of a variable's ends white space is taken off.
    if (place.endsWith('_AGENT_ID') && isAgentId(id.trim())) {
      expect(found).toEqual({ kind: 'found', value: id.trim() });
      return;
    }
    expect(found.kind).toBe('problem');
    const problem = found.kind === 'problem' ? found.problem : '';
    expect(problem.includes(place) || problem.startsWith('no agent id')).toBe(true);
    expect(problem).toMatch(/^[\x20-\x7e]{1,200}$/);
    if (id.trim().length > 2 && id !== 'default') expect(problem).not.toContain(id);
  });

  it('is made good or passed over in AGENT_ID, which others set, and not repeated', () => {
    const found = findAgentId({ option: undefined, env: { AGENT_ID: id }, readToml: none });

    if (found.kind === 'problem') {
      expect(found).toMatchObject({ place: 'nowhere', problem: expect.stringMatching(/^no agent id/) });
      return;
    }
    expect(isAgentId(found.value)).toBe(true);
    expect(found.note ?? '').toMatch(/^[\x20-\x7e]{0,200}$/);
  });

  it('makes a record unreadable, ours or not', () => {
    const group = { messageType: 'DATA_MESSAGE', logStream: 's', logEvents: [{ message: 'm' }] };

    expect(reasonOf(decodeRecord(ownRecord({ agent_id: id }), ARRIVAL))).toBe('bad-agent-id');
    expect(reasonOf(decodeRecord(json({ agent_id: id, message: 'm' }), ARRIVAL))).toBe('bad-agent-id');
    // Of a log group's name the last part counts, which may be a good one.
    const last = id.slice(id.lastIndexOf('/') + 1);
    expect(reasonOf(decodeRecord(json({ ...group, logGroup: id }), ARRIVAL))).toBe(
      isAgentId(last) ? undefined : 'bad-agent-id',
    );
  });
});

describe('ids that are no strings', () => {
  const others: readonly unknown[] = [null, true, 0, 1e21, [], ['CA_x'], {}, { toString: 'CA_x' }];

  it.each(others.map((id) => ({ id })))('$id is none', ({ id }) => {
    expect(reasonOf(decodeRecord(ownRecord({ agent_id: id }), ARRIVAL))).toBe('bad-agent-id');
    expect(reasonOf(decodeRecord(ownRecord({ worker_id: id }), ARRIVAL))).toBe('bad-header');
    expect(reasonOf(decodeRecord(ownRecord({ boot: id }), ARRIVAL))).toBe('bad-header');
  });
});

describe.each(HOSTILE_WORKER_IDS)('the worker id %j', (id) => {
  it('is refused where it is ours', () => {
    expect(isWorkerId(id)).toBe(false);
    expect(reasonOf(decodeRecord(ownRecord({ worker_id: id }), ARRIVAL))).toBe('bad-header');
    expect(reasonOf(decodeRecord(ownRecord({ boot: id }), ARRIVAL))).toBe('bad-header');
    const sources = { option: id, env: {}, hostname: 'h', randomSuffix: () => 'r' };
    expect(findWorkerId(sources)).toMatchObject({ kind: 'problem' });
  });

  it('is made good where it is not', () => {
    const group = { messageType: 'DATA_MESSAGE', logGroup: 'CA_x', logEvents: [{ message: 'm' }] };
    const platform = { option: undefined, hostname: id, randomSuffix: () => 'r' };

    for (const data of [
      json({ agent_id: 'CA_x', worker_id: id, message: 'm' }),
      json({ ...group, logStream: id }),
    ]) {
      const [line] = seen(decodeRecord(data, ARRIVAL));
      expect(isWorkerId(line?.workerId)).toBe(true);
    }
    for (const env of [{}, { FLY_MACHINE_ID: id }, { POD_NAME: id }, { ECS_CONTAINER_METADATA_URI_V4: id }]) {
      const found = findWorkerId({ ...platform, env });
      expect(found.kind === 'found' && isWorkerId(found.value)).toBe(true);
    }
  });
});

describe('delivery of hostile records', () => {
  const hostile = [
    ...HOSTILE_AGENT_IDS.map(([, id]) => rawRecord(ownRecord({ agent_id: id }))),
    ...HOSTILE_AGENT_IDS.map(([, id]) => rawRecord(json({ agent_id: id, message: 'm' }))),
    ...HOSTILE_WORKER_IDS.map((id) => rawRecord(ownRecord({ worker_id: id }))),
    ...HOSTILE_WORKER_IDS.map((id) => rawRecord(json({ agent_id: 'CA_f', worker_id: id, message: 'm' }))),
    ...HOSTILE_WORKER_IDS.map((id) =>
      rawRecord(json({ agent_id: 'CA_f', message: 'm' }), { partitionKey: id }),
    ),
  ];

  it('names no secret, no object and nothing in a log after them', async () => {
    const names: string[] = [];
    const harness = createHarness({
      service: () => outcome({ fate: 'misconfigured', reason: 'not-authorized' }),
      secret: (name) => {
        names.push(name);
        return { kind: 'found', text: '{"TOKEN":"t0ken-value"}' };
      },
    });

    const report = await harness.deliver([...hostile, kinesisRecord({ lines: ['good'] })]);

    expect(report.batchItemFailures).toEqual([]);
    expect(new Set(names)).toEqual(new Set(['log-drain/CA_f/datadog', 'log-drain/CA_a/datadog']));
    const keys = [...harness.objects.keys()];
    expect(keys.length).toBeGreaterThan(2 * HOSTILE_AGENT_IDS.length);
    for (const key of keys) expect(key).toMatch(HARMLESS_KEY);
    expect(harness.logs.map(({ event }) => event)).toContain('record_unreadable');
    expect(JSON.stringify(harness.logs)).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.stringify(harness.logs)).not.toMatch(/\\u|\\[rn]|\.\.|%2|X-Injected|_aws|passwd|\$\(/);
  });

  it('keeps apart agents whose ids are names of a language', async () => {
    const names: string[] = [];
    const harness = createHarness({
      service: ({ agentId }) =>
        agentId === 'constructor' ? outcome({ fate: 'misconfigured', reason: 'not-authorized' }) : DELIVERED,
      secret: (name) => {
        names.push(name);
        const text = JSON.stringify({ TOKEN: `token of ${name.split('/')[1]}` });
        return { kind: 'found', text };
      },
    });

    await harness.deliver(NASTY_AGENT_IDS.map((agent) => kinesisRecord({ agent, lines: [`of ${agent}`] })));

    expect(new Set(names)).toEqual(new Set(NASTY_AGENT_IDS.map((agent) => `log-drain/${agent}/datadog`)));
    expect(new Set(harness.sent.map(({ agentId }) => agentId))).toEqual(new Set(NASTY_AGENT_IDS));
    for (const { agentId, texts, settings } of harness.sent) {
      expect({ texts, settings }).toEqual({
        texts: [`of ${agentId}`],
        settings: { token: `token of ${agentId}` },
      });
    }
    expect([...harness.objects.keys()]).toEqual([expect.stringMatching(/^parked\/datadog\/constructor\//)]);
  });
});

describe('an event', () => {
  const good = kinesisRecord({ lines: ['a'] });

  it.each([
    ['a path for a sequence number', { sequenceNumber: '../../../leases/datadog' }],
    ['an empty sequence number', { sequenceNumber: '' }],
    ['a long sequence number', { sequenceNumber: '1'.repeat(129) }],
    ['a sequence number with a line end', { sequenceNumber: '49\n' }],
    ['a time before 1970', { approximateArrivalTimestamp: -1 }],
    ['no time', { approximateArrivalTimestamp: Number.NaN }],
    ['a time that no date has', { approximateArrivalTimestamp: 1e300 }],
  ])('with %s is refused in words that do not repeat it', (_what, wrong) => {
    const event = { Records: [good, { ...good, kinesis: { ...good.kinesis, ...wrong } }] };

    expect(() => parseEvent(event)).toThrow(/^Record 1 of the event is not a Kinesis record\.$/);
  });

  it.each(['', 'shardId-0:1\n', 'shard id', `s:${'1'.repeat(300)}`])(
    'with the event id %j is refused',
    (eventID) => {
      expect(() => parseEvent({ Records: [{ ...good, eventID }] })).toThrow(TypeError);
    },
  );
});
