import { describe, expect, it } from 'vitest';
import { type AgentHealth, createAgentHealth } from '../../engine/agent/agent-health.ts';
import { createCircuitBreakers } from '../../engine/agent/circuit-breakers.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import { DELIVERED, outcome } from '../../shared/destination/outcome.ts';
import {
  createClock,
  createHarness,
  type Harness,
  kinesisRecord,
  type Service,
  T0,
} from '../helpers/engine-harness.ts';

const NOTHING = { batchItemFailures: [] };
const LIMIT_MS = 10_000;

function failed(reason = 'server-error'): Outcome {
  return outcome({ fate: 'retry', reason });
}

function reported(record: { kinesis: { sequenceNumber: string } }) {
  return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
}

/** Records of agents at this moment, one line each. */
function batch(harness: Harness, seq: number, agents: readonly string[]) {
  const arrivalMs = harness.clock.now();
  return agents.map((agent) =>
    kinesisRecord({ agent, worker: `${agent}-w`, seq, lines: [`${agent} ${seq}`], arrivalMs }),
  );
}

/** Fails for one agent after this long; works at once for all others. */
function brokenFor(agent: string, tookMs: () => number): (harness: () => Harness) => Service {
  return (harness) =>
    async ({ agentId }) => {
      if (agentId !== agent) return DELIVERED;
      const ms = tookMs();
      if (ms > 0) await harness().clock.sleep(ms);
      return ms >= 0 ? failed() : DELIVERED;
    };
}

function harnessOf(makeService: (harness: () => Harness) => Service, options = {}): Harness {
  const harness: Harness = createHarness({ service: makeService(() => harness), ...options });
  return harness;
}

const sentTo = (harness: Harness, agent: string): number =>
  harness.sent.filter(({ agentId }) => agentId === agent).length;

describe('a broken account among others', () => {
  it('is parked after the isolation limit although a repeated batch holds nothing of the others', async () => {
    const harness = harnessOf(brokenFor('CA_bad', () => 0));
    const [bad, good] = batch(harness, 0, ['CA_bad', 'CA_good']) as [never, never];

    const first = await harness.deliver([bad, good]);
    harness.clock.advance(LIMIT_MS + 1);
    const second = await harness.deliver([bad, good]);

    expect(first).toEqual(reported(bad));
    expect(second).toEqual(NOTHING);
    expect(harness.counts.get('LinesParked')).toBe(1);
    expect(sentTo(harness, 'CA_good')).toBe(1);
  });

  it('is parked after the isolation limit although another is broken too', async () => {
    const broken = ['CA_bad', 'CA_worse'];
    const harness = createHarness({
      service: ({ agentId }) => (broken.includes(agentId) ? failed() : DELIVERED),
    });
    const records = batch(harness, 0, ['CA_good', ...broken]);

    const first = await harness.deliver(records);
    harness.clock.advance(LIMIT_MS + 1);
    const second = await harness.deliver(records.slice(1));

    expect(first).toEqual(reported(records[1] as never));
    expect(second).toEqual(NOTHING);
    expect(harness.counts.get('LinesParked')).toBe(2);
  });

  it('is parked after the isolation limit although its batch held nothing of the others at all', async () => {
    const harness = harnessOf(brokenFor('CA_bad', () => 0));
    await harness.deliver(batch(harness, 0, ['CA_good']));
    const [bad] = batch(harness, 0, ['CA_bad']) as [never];

    const first = await harness.deliver([bad]);
    harness.clock.advance(LIMIT_MS + 1);
    const second = await harness.deliver([bad]);

    expect(first).toEqual(reported(bad));
    expect(second).toEqual(NOTHING);
  });

  it('is parked after the isolation limit by a container that knows nobody yet', async () => {
    const harness = harnessOf(brokenFor('CA_bad', () => 0));
    const [bad] = batch(harness, 0, ['CA_bad']) as [never];

    const first = await harness.deliver([bad]);
    harness.clock.advance(LIMIT_MS + 1);
    const second = await harness.deliver([bad]);

    expect(first).toEqual(reported(bad));
    expect(second).toEqual(NOTHING);
  });

  it('waits in the stream with all others when nobody gets through, for all that worked before', async () => {
    let isUp = true;
    const agents = ['CA_a', 'CA_b', 'CA_c'];
    const harness = createHarness({ service: () => (isUp ? DELIVERED : failed()) });
    await harness.deliver(batch(harness, 0, agents));
    harness.clock.advance(1_000);
    isUp = false;
    const records = batch(harness, 1, agents);

    const reports = [];
    for (let i = 0; i < 5; i += 1) {
      reports.push(await harness.deliver(records));
      harness.clock.advance(LIMIT_MS);
    }

    expect(reports).toEqual(reports.map(() => reported(records[0] as never)));
    expect(harness.objects.size).toBe(0);
  });

  it('costs one attempt when that takes all of the budget', async () => {
    const harness = harnessOf(brokenFor('CA_bad', () => 6_000));
    const records = batch(harness, 0, ['CA_bad', 'CA_good']);

    await harness.deliver(records);

    expect(sentTo(harness, 'CA_bad')).toBe(1);
    expect(harness.clock.now() - T0).toBe(6_000);
  });

  it('is tried ever more rarely when it fails slowly, its lines parked at once in between', async () => {
    const harness = harnessOf(brokenFor('CA_bad', () => 2_000));
    const tries: number[] = [];
    const [first] = batch(harness, 0, ['CA_bad']) as [never];
    await harness.deliver([first, ...batch(harness, 0, ['CA_good'])]);
    harness.clock.advance(LIMIT_MS);
    await harness.deliver([first]);

    for (let seq = 1; seq < 300; seq += 1) {
      const before = sentTo(harness, 'CA_bad');
      const report = await harness.deliver(batch(harness, seq, ['CA_bad', 'CA_good']));
      expect(report).toEqual(NOTHING);
      if (sentTo(harness, 'CA_bad') > before) tries.push(harness.clock.now() - T0);
      harness.clock.advance(2_000);
    }

    expect(harness.counts.get('LinesDelivered')).toBe(300);
    const pauses = tries.slice(1).map((atMs, i) => atMs - (tries[i] ?? 0));
    expect(Math.max(...pauses)).toBeGreaterThan(100_000);
    expect(tries.length).toBeLessThan(12);
  });

  it('is tried in each invocation when it fails at once, and goes on as soon as it works', async () => {
    let isUp = false;
    const harness = harnessOf(brokenFor('CA_bad', () => (isUp ? -1 : 0)));
    const records = batch(harness, 0, ['CA_bad', 'CA_good']);
    await harness.deliver(records);
    harness.clock.advance(LIMIT_MS + 1);
    await harness.deliver(records);

    await harness.deliver(batch(harness, 1, ['CA_bad', 'CA_good']));
    isUp = true;
    await harness.deliver(batch(harness, 2, ['CA_bad', 'CA_good']));

    expect(harness.counts.get('LinesParked')).toBe(2);
    expect(harness.counts.get('LinesDelivered')).toBe(4);
  });

  it('costs one look at its secret in each invocation where that may not be read', async () => {
    let looks = 0;
    const harness = createHarness({
      service: () => DELIVERED,
      secret: (name) => {
        if (!name.includes('CA_bad')) return { kind: 'found', text: '{"TOKEN":"t0ken-value"}' };
        looks += 1;
        return { kind: 'unavailable', reason: 'settings-access-denied' };
      },
    });
    const first = batch(harness, 0, ['CA_bad', 'CA_good']);
    await harness.deliver(first);
    harness.clock.advance(LIMIT_MS + 1);
    await harness.deliver(first);
    looks = 0;
    const beganMs = harness.clock.now();

    const report = await harness.deliver(batch(harness, 1, ['CA_bad', 'CA_good']));

    expect(report).toEqual(NOTHING);
    expect(looks).toBe(1);
    expect(harness.clock.now() - beganMs).toBe(0);
    expect(harness.counts.get('LinesParked')).toBe(2);
  });

  it('gives its place to others that wait for one', async () => {
    const harness = createHarness({
      manifest: { maxInFlight: 1 },
      patienceMs: 1,
      service: ({ agentId }, signal) =>
        agentId === 'CA_bad'
          ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(failed('timeout'))))
          : DELIVERED,
    });
    await harness.deliver(batch(harness, 0, ['CA_a']));
    const records = batch(harness, 1, ['CA_bad', 'CA_a', 'CA_b']);

    const report = await harness.deliver(records);

    expect(report).toEqual(reported(records[0] as never));
    expect(harness.counts.get('LinesDelivered')).toBe(3);
    expect(sentTo(harness, 'CA_bad')).toBe(1);
  });

  it('has all the time of an attempt in a redrive, where nobody waits behind it', async () => {
    let isSlow = false;
    const harness = createHarness({
      patienceMs: 1,
      service: ({ agentId }, signal) => {
        if (agentId !== 'CA_bad') return DELIVERED;
        if (!isSlow) return outcome({ fate: 'misconfigured', reason: 'forbidden' });
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(failed('timeout')));
          harness.clock.after(100, () => resolve(DELIVERED));
        });
      },
    });
    const records = batch(harness, 0, ['CA_bad', 'CA_good']);
    await harness.deliver(records);
    isSlow = true;

    const cut = await harness.deliver(batch(harness, 1, ['CA_bad', 'CA_good']));
    const report = await harness.deliver([records[0] as never], { redrive: true });

    expect(cut).toEqual(NOTHING);
    expect(harness.counts.get('LinesParked')).toBe(2);
    expect(report).toEqual(NOTHING);
    expect(harness.counts.get('LinesDelivered')).toBe(3);
  });

  it('is tried in a redrive although its stream’s lines are not tried now', async () => {
    let tookMs = 2_000;
    const harness = harnessOf(brokenFor('CA_bad', () => tookMs));
    const records = batch(harness, 0, ['CA_bad', 'CA_good']);
    await harness.deliver(records);
    harness.clock.advance(LIMIT_MS + 1);
    await harness.deliver(records);
    tookMs = -1;

    const report = await harness.deliver([records[0] as never], { redrive: true });

    expect(report).toEqual(NOTHING);
    expect(harness.counts.get('LinesDelivered')).toBe(2);
  });

  it('costs others one attempt after a redrive of it has failed in this container', async () => {
    const harness = harnessOf(brokenFor('CA_bad', () => 0));
    const parked = batch(harness, 0, ['CA_bad']);
    await harness.deliver(batch(harness, 0, ['CA_good']));
    await harness.deliver(parked, { redrive: true });

    const report = await harness.deliver(batch(harness, 1, ['CA_bad', 'CA_good']));

    expect(report).toEqual(NOTHING);
    expect(harness.counts.get('LinesParked')).toBe(1);
  });

  it('is everybody’s, and tried like any, after a redrive of all has failed in this container', async () => {
    const agents = ['CA_a', 'CA_b'];
    let isDown = false;
    const harness = createHarness({ service: () => (isDown ? failed() : DELIVERED) });
    await harness.deliver(batch(harness, 0, agents));
    isDown = true;
    harness.clock.advance(1);
    await harness.deliver(batch(harness, 1, agents), { redrive: true });
    await harness.deliver(batch(harness, 1, agents), { redrive: true });

    const records = batch(harness, 2, agents);
    const report = await harness.deliver(records);

    expect(report).toEqual(reported(records[0] as never));
    expect(harness.counts.get('LinesParked') ?? 0).toBe(0);
  });
});

describe('breakers', () => {
  it('pause after slow failures from 10 s to 5 min, and not after quick ones', () => {
    const clock = createClock();
    const breakers = createCircuitBreakers(clock.now, () => 1);
    const pauses = Array.from({ length: 7 }, () => {
      breakers.open('CA_a', { reason: 'timeout', tookMs: 3_000 });
      return breakers.of('CA_a').nextProbeMs - clock.now();
    });
    breakers.open('CA_a', { reason: 'server-error', tookMs: 20 });

    expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(breakers.of('CA_a')).toMatchObject({ open: true, nextProbeMs: 0, reason: 'server-error' });
  });
});

describe('an agent in trouble', () => {
  function healthAt(): { clock: ReturnType<typeof createClock>; health: AgentHealth } {
    const clock = createClock();
    return { clock, health: createAgentHealth(clock.now) };
  }

  const NEW_MS = 5 * 60_000;

  /** Of so many agents, all delivered once, so many fail now; whether the first of these is alone with its trouble. */
  function isOwnOf({ agents, failing }: { readonly agents: number; readonly failing: number }): boolean {
    const { clock, health } = healthAt();
    for (let at = 0; at < agents; at += 1) health.delivered(`CA_${at}`, 10);
    clock.advance(1);
    for (let at = 0; at < failing; at += 1)
      health.failed(`CA_${at}`, { startedMs: clock.now(), where: 'service' });
    return health.isOwnTrouble('CA_0', clock.now());
  }

  it.each([
    [2, 2],
    [3, 3],
    [4, 4],
    [100, 4],
  ])('of %i agents is in everybody’s with %i', (agents, failing) => {
    expect(isOwnOf({ agents, failing })).toBe(false);
  });

  it.each([
    [2, 1],
    [3, 2],
    [4, 3],
    [100, 3],
  ])('of %i agents is not in everybody’s with %i', (agents, failing) => {
    expect(isOwnOf({ agents, failing })).toBe(true);
  });

  it('is alone with it if others got through since', () => {
    const { clock, health } = healthAt();
    for (const agent of ['CA_a', 'CA_b']) health.delivered(agent, 10);
    clock.advance(1);
    for (const agent of ['CA_a', 'CA_b']) health.failed(agent, { startedMs: clock.now(), where: 'service' });
    clock.advance(1);

    const before = health.isOwnTrouble('CA_a', clock.now());
    health.delivered('CA_b', 10);

    expect(before).toBe(false);
    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(true);
  });

  it('is alone with it although another one has failed all the while that others got through', () => {
    const { clock, health } = healthAt();
    for (const agent of ['CA_a', 'CA_b', 'CA_c']) health.met(agent);
    health.failed('CA_broken', { startedMs: clock.now(), where: 'service' });
    clock.advance(60_000);
    health.delivered('CA_b', 10);
    clock.advance(60_000);
    health.failed('CA_broken', { startedMs: clock.now(), where: 'service' });
    health.failed('CA_a', { startedMs: clock.now(), where: 'service' });

    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(true);
  });

  it('is alone with it although others’ settings are wrong too, and so it is if its own are', () => {
    const { clock, health } = healthAt();
    for (const agent of ['CA_a', 'CA_b']) health.met(agent);
    health.failed('CA_a', { startedMs: clock.now(), where: 'service' });
    health.failed('CA_b', { startedMs: clock.now(), where: 'settings' });

    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(true);
    expect(health.isOwnTrouble('CA_b', clock.now())).toBe(true);
  });

  it('is thought to be alone with it by a container that has delivered nothing yet, whoever else fails', () => {
    const { clock, health } = healthAt();
    for (const agent of ['CA_a', 'CA_b']) health.met(agent);
    for (const agent of ['CA_a', 'CA_b']) health.failed(agent, { startedMs: clock.now(), where: 'service' });

    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(true);
    expect(health.isOwnTrouble('CA_b', clock.now())).toBe(true);
  });

  it('is not alone with it where secrets cannot be read, unless others have theirs', () => {
    const { clock, health } = healthAt();
    for (const agent of ['CA_a', 'CA_b']) health.met(agent);
    health.failed('CA_a', { startedMs: clock.now(), where: 'secret-store' });

    const before = health.isOwnTrouble('CA_a', clock.now());
    health.delivered('CA_b', 10);

    expect(before).toBe(false);
    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(true);
  });

  it('is thought to be alone with it by a container that is new, and by one that has met others however long ago', () => {
    const { clock, health } = healthAt();
    health.met('CA_a');
    health.failed('CA_a', { startedMs: clock.now(), where: 'service' });

    const isNew = health.isOwnTrouble('CA_a', clock.now());
    health.met('CA_b');
    clock.advance(NEW_MS * 10);

    expect(isNew).toBe(true);
    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(true);
  });

  it('holds up nobody where it has been alone in the stream for minutes, whatever it got delivered', () => {
    const { clock, health } = healthAt();
    health.met('CA_a');
    health.delivered('CA_a', 10);
    clock.advance(NEW_MS);
    health.failed('CA_a', { startedMs: clock.now(), where: 'service' });

    expect(health.isOwnTrouble('CA_a', clock.now())).toBe(false);
  });
});
