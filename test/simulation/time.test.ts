import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProcess } from '../../simulation/time/process.ts';
import { createRandom } from '../../simulation/time/random.ts';
import { createTimeline } from '../../simulation/time/timeline.ts';

const timelineOf = (seed: number) => createTimeline(createRandom(seed));

describe('random numbers', () => {
  it('are the same for a seed, and lie in [0, 1)', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [one, other] = [createRandom(seed), createRandom(seed)];
        const numbers = Array.from({ length: 20 }, one.next);

        expect(Array.from({ length: 20 }, other.next)).toEqual(numbers);
        expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
      }),
    );
  });

  it('differ between seeds and between parts of the world, which do not disturb each other', () => {
    const random = createRandom(1);
    const first = random.fork('a').next();
    random.next();

    expect(random.fork('a').next()).toBe(first);
    expect(random.fork('b').next()).not.toBe(first);
    expect(createRandom(2).fork('a').next()).not.toBe(first);
  });

  it('are spread evenly', () => {
    const random = createRandom(7);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i += 1) {
      const at = random.whole(0, 9);
      counts[at] = (counts[at] ?? 0) + 1;
    }

    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.2);
  });
});

describe('the timeline', () => {
  it('runs tasks by time, each with all that its promises lead to before the next', async () => {
    const timeline = timelineOf(1);
    const seen: string[] = [];
    const note = (what: string): void => void seen.push(`${timeline.now()} ${what}`);
    timeline.after(20, () => note('b'));
    timeline.after(10, () => {
      void (async () => {
        for (let i = 0; i < 50; i += 1) await Promise.resolve();
        note('a and its promises');
      })();
    });
    timeline.after(10.5, () => timeline.after(100, () => note('c')));

    await timeline.run(50);
    const before = [...seen];
    await timeline.run(200);

    expect(before).toEqual(['10 a and its promises', '20 b']);
    expect(seen.at(-1)).toBe('110.5 c');
    expect(timeline.now()).toBe(200);
  });

  it('runs no cancelled task, and leaves the order at one moment to chance', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const timeline = timelineOf(seed);
      let order = '';
      for (const name of 'abc') timeline.after(5, () => (order += name));
      timeline.after(5, () => (order += 'cancelled')).cancel();
      await timeline.run(10);
      orders.add(order);
    }

    expect(orders.size).toBeGreaterThan(3);
    expect([...orders].every((order) => order.length === 3)).toBe(true);
  });

  it('runs in the right order whatever is added when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 200 }), async (delays) => {
        const timeline = timelineOf(3);
        const seen: number[] = [];
        for (const ms of delays)
          timeline.after(ms, () => {
            seen.push(timeline.now());
            if (ms % 3 === 0) timeline.after(ms, () => seen.push(timeline.now()));
          });

        await timeline.run(5_000);

        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect(seen).toHaveLength(delays.length + delays.filter((ms) => ms % 3 === 0).length);
      }),
    );
  });

  it('ends with what a task throws', async () => {
    const timeline = timelineOf(1);
    timeline.after(1, () => {
      throw new Error('a bug');
    });

    await expect(timeline.run(10)).rejects.toThrow('a bug');
  });
});

describe('a process', () => {
  it('stands still while it is frozen, goes on when it thaws, and never once it is dead', async () => {
    const timeline = timelineOf(1);
    const process = createProcess(timeline, createRandom(1));
    const seen: string[] = [];
    process.clock.after(10, () => seen.push('timer'));
    void process.call({ thereMs: 5, backMs: 5 }, () => seen.push('deed')).then(() => seen.push('answer'));
    process.freeze();

    await timeline.run(100);
    const frozen = [...seen];
    process.thaw();
    await timeline.run(110);
    const thawed = [...seen];
    process.clock.after(1, () => seen.push('never'));
    process.kill();
    process.thaw();
    await timeline.run(200);

    expect(frozen).toEqual(['deed']);
    expect(thawed.toSorted()).toEqual(['answer', 'deed', 'timer']);
    expect(seen).toEqual(thawed);
  });

  it('hears what a call throws, and sleeps until it is woken', async () => {
    const timeline = timelineOf(1);
    const { call, clock } = createProcess(timeline, createRandom(1));
    const seen: string[] = [];
    call({ thereMs: 1, backMs: 1 }, () => {
      throw new Error('refused');
    }).catch((error: Error) => seen.push(error.message));
    const waking = new AbortController();
    void clock.sleep(1_000_000, waking.signal).then(() => seen.push(`awake at ${timeline.now()}`));
    timeline.after(20, () => waking.abort());

    await timeline.run(100);

    expect(seen).toEqual(['refused', 'awake at 20']);
  });
});
