import { describe, expect, it } from 'vitest';
import { kinesisRecord, T0 } from '../helpers/engine-harness.ts';
import { onFailureBody } from '../helpers/redrive-world.ts';
import { createWorld, type World } from '../helpers/simulated-redrive.ts';

const MINUTE_MS = 60_000;
const INTERVAL_MS = 5 * MINUTE_MS;
const NOW = T0 + 8 * 60 * MINUTE_MS;

function allDelivered({ agents }: World, isMeant: (id: string) => boolean = () => true): boolean {
  for (const agent of agents.values()) {
    if (isMeant(agent.id) && agent.delivered < agent.count) return false;
  }
  return true;
}

/** Looking at thousands of agents after each step would take longer than the steps. */
function everySecond(world: World, isOver: () => boolean): () => boolean {
  let nextMs = 0;
  let over = false;
  return () => {
    if (world.clock.now() < nextMs) return over;
    nextMs = world.clock.now() + 1_000;
    over = isOver() || world.clock.now() > NOW + 24 * 60 * MINUTE_MS;
    return over;
  };
}

function tell(what: string, world: World): void {
  const minutes = ((world.lastDeliveredMs() - NOW) / MINUTE_MS).toFixed(1);
  console.info(`${what}: ${minutes} min; requests ${JSON.stringify(world.requests)}`);
}

describe('redrive in simulated time', () => {
  it('delivers 1,500,000 objects of 100 agents within 2 h, though S3 takes 50 ms, twice its usual time', async () => {
    const world = createWorld({ s3Ms: 50 });
    // It was started a moment before the cause ended: the worst case.
    for (let i = 0; i < 100; i += 1) world.add({ id: `CA_${i}`, count: 15_000, wellAtMs: NOW + 2_000 });

    await world.runSchedule(everySecond(world, () => allDelivered(world)));

    tell('1,500,000 objects', world);
    expect(allDelivered(world)).toBe(true);
    expect(world.lastDeliveredMs() - NOW - 2_000).toBeLessThan(120 * MINUTE_MS);
  });

  it.each([
    ['refusing at once', 0],
    ['hanging for 10 s', 10_000],
  ])(
    'an agent that is well again begins within an interval and a minute, among 2,000 %s and others’ backlog',
    async (_, hangMs) => {
      const world = createWorld();
      for (let i = 0; i < 2_000; i += 1)
        world.add({ id: `CA_bad${i}`, count: 50, wellAtMs: Infinity, hangMs });
      for (let i = 0; i < 20; i += 1) world.add({ id: `CA_busy${i}`, count: 15_000 });
      // At any time of two runs, from the middle of the list of agents.
      const wells = Array.from({ length: 40 }, (__, i) =>
        world.add({ id: `CA_bad${i * 50}x`, count: 20, wellAtMs: NOW + MINUTE_MS + i * 45_000, hangMs }),
      );

      await world.runSchedule(
        everySecond(world, () => wells.every(({ delivered, count }) => delivered === count)),
      );

      const waits = wells.map(({ firstDeliveredMs = Infinity, wellAtMs }) => firstDeliveredMs - wellAtMs);
      tell(`begin after ${Math.round(Math.max(...waits) / 1000)} s at most`, world);
      expect(Math.max(...waits)).toBeLessThanOrEqual(INTERVAL_MS + MINUTE_MS);
    },
  );

  it('clears 10,000 agents with an object each within 15 min', async () => {
    const world = createWorld();
    for (let i = 0; i < 10_000; i += 1) world.add({ id: `CA_${i}`, count: 1 });

    await world.runSchedule(everySecond(world, () => allDelivered(world)));

    tell('10,000 agents', world);
    expect(world.lastDeliveredMs() - NOW).toBeLessThan(15 * MINUTE_MS);
  });

  it('takes 50 batches of Lambda’s apart and delivers what can be at once, among a backlog', async () => {
    const world = createWorld();
    for (let i = 0; i < 100; i += 1) world.add({ id: `CA_${i}`, count: 5_000 });
    world.refused.add('CA_refused');
    for (let i = 0; i < 50; i += 1) {
      const records = ['CA_refused', 'CA_well'].map((agent) =>
        kinesisRecord({ agent, boot: `b${i}`, lines: [`${agent} ${i}`] }),
      );
      const name = `2026-01-15T10.30.${String(i).padStart(2, '0')}-x`;
      world.others.set(`aws/lambda/m1/shardId-000000000000/2026/01/15/${name}`, onFailureBody(records));
    }
    const left = (prefix: string): number =>
      [...world.others.keys()].filter((key) => key.startsWith(prefix)).length;

    await world.runSchedule(() => left('aws/') === 0 && left('parked/datadog/CA_well/') === 0);

    console.info(`50 batches: ${Math.round((world.clock.now() - NOW) / 1_000)} s`);
    expect(left('parked/datadog/CA_refused/')).toBe(50);
    expect(world.clock.now() - NOW).toBeLessThan(MINUTE_MS);
  });

  it('one poison object among 10,000 delays its agent by 15 min at most', async () => {
    const clean = createWorld();
    clean.add({ id: 'CA_a', count: 10_000 });
    await clean.runSchedule(everySecond(clean, () => allDelivered(clean)));
    const world = createWorld();
    const agent = world.add({ id: 'CA_a', count: 10_000, isPoison: (place) => place === 4_321 });

    await world.runSchedule(everySecond(world, () => agent.delivered === 9_999));

    tell('one poison object', world);
    expect(agent.delivered).toBe(9_999);
    expect([...agent.later]).toEqual([4_321]);
    expect(world.lastDeliveredMs() - clean.lastDeliveredMs()).toBeLessThan(15 * MINUTE_MS);
  });

  it('gets past 2,000 poison objects to ten good ones, and to those that come later at once', async () => {
    const world = createWorld();
    const agent = world.add({ id: 'CA_a', count: 2_010, isPoison: (place) => place < 2_000 });

    await world.runSchedule(everySecond(world, () => agent.delivered === 10));

    tell('2,000 poison objects', world);
    expect(agent.delivered).toBe(10);
    expect(world.lastDeliveredMs() - NOW).toBeLessThan(30 * MINUTE_MS);
  });

  it('goes on with less side by side while invocations are throttled', async () => {
    const world = createWorld();
    for (let i = 0; i < 20; i += 1) world.add({ id: `CA_${i}`, count: 5_000 });

    const results = await world.runSchedule(
      everySecond(world, () => allDelivered(world)),
      { concurrency: 2 },
    );

    tell('100,000 objects, throttled', world);
    expect(allDelivered(world)).toBe(true);
    expect(results.every(({ destinations }) => destinations.datadog?.state !== 'unavailable')).toBe(true);
    expect(world.lastDeliveredMs() - NOW).toBeLessThan(20 * MINUTE_MS);
  });
});
