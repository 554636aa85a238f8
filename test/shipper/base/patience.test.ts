import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createBudget,
  createGate,
  createReaderPatience,
  createWorkPatience,
} from '../../../shipper/base/patience.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

const WINDOW_MS = 10_000;

describe('a budget of waiting', () => {
  it('ends a wait when it is spent, and has it again when ten seconds have passed', async () => {
    const clock = createSimulatedClock();
    const budget = createBudget(1_000, clock);
    const spentAtMs: number[] = [];
    const wait = (): (() => void) => budget.wait(() => spentAtMs.push(clock.monotonic()));

    wait();
    await clock.advance(1_500);
    wait();
    await clock.advance(8_499);
    wait();
    await clock.advance(1_001);
    wait();
    await clock.advance(2_000);

    // The second and third find nothing left; the fourth has the whole of it again.
    expect(spentAtMs).toEqual([1_000, 1_500, 9_999, 12_000]);
  });

  it('is shared by all who wait at the same time', async () => {
    const clock = createSimulatedClock();
    const budget = createBudget(1_000, clock);
    const spent: string[] = [];

    budget.wait(() => spent.push('one'));
    await clock.advance(600);
    const end = budget.wait(() => spent.push('ended'));
    budget.wait(() => spent.push('other'));
    end();
    await clock.advance(400);

    expect(spent).toEqual(['one', 'other']);
  });

  it('is not used up while nobody waits', async () => {
    const clock = createSimulatedClock();
    const budget = createBudget(1_000, clock);
    let spent = 0;

    for (let i = 0; i < 9; i += 1) {
      const end = budget.wait(() => (spent += 1));
      await clock.advance(100);
      end();
      await clock.advance(100);
    }

    expect(spent).toBe(0);
  });

  it('never waits with a budget of nothing', () => {
    let spent = 0;

    createBudget(0, createSimulatedClock()).wait(() => (spent += 1));

    expect(spent).toBe(1);
  });

  it('holds in any ten seconds, whoever waits when', async () => {
    const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 3_000 }), begins: fc.boolean() }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4_000 }), async (all, maxMs) => {
        const clock = createSimulatedClock();
        const budget = createBudget(maxMs, clock);
        const ends: (() => void)[] = [];
        const waits: { readonly from: number; to: number | undefined }[] = [];
        for (const { ms, begins } of all) {
          if (begins) {
            const one = { from: clock.monotonic(), to: undefined as number | undefined };
            const end = (): void => void (one.to ??= clock.monotonic());
            waits.push(one);
            const tell = budget.wait(end);
            ends.push(() => {
              tell();
              end();
            });
          } else ends.shift()?.();
          await clock.advance(ms);
        }
        for (const end of ends) end();

        const endMs = clock.monotonic();
        for (const { to = endMs } of waits) {
          expect(waitedMs(waits, { from: to - WINDOW_MS, to, endMs })).toBeLessThanOrEqual(maxMs);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Ms of a window in which at least one waited. */
function waitedMs(
  waits: readonly { readonly from: number; readonly to: number | undefined }[],
  { from, to, endMs }: { readonly from: number; readonly to: number; readonly endMs: number },
): number {
  const inOrder = waits
    .map((one) => [Math.max(one.from, from), Math.min(one.to ?? endMs, to)] as const)
    .sort(([one], [other]) => one - other);
  let sum = 0;
  let coveredTo = from;
  for (const [start, end] of inOrder) {
    sum += Math.max(0, end - Math.max(start, coveredTo));
    coveredTo = Math.max(coveredTo, end);
  }
  return sum;
}

describe('patience with a reader', () => {
  const LOOKS = 100;

  /** Within a budget of a second; the reader takes so much between two looks. */
  async function spentTimes(bytesPerLook: number): Promise<number> {
    const clock = createSimulatedClock();
    let taken = 0;
    let spent = 0;
    const patience = createReaderPatience(() => taken, createBudget(1_000, clock), clock);
    const end = patience.wait(() => (spent += 1));
    for (let look = 0; look < LOOKS; look += 1) {
      taken += bytesPerLook;
      await clock.advance(100);
    }
    end();
    return spent;
  }

  it('lasts for as long as the reader is at work', async () => {
    expect(await spentTimes(1024 * 1024)).toBe(0);
  });

  it.each([
    ['at work', 1024 * 1024, 0],
    ['slow', 100 * 1024, 21],
  ])('ends before the first look, with a reader that is %s', async (_, bytes, times) => {
    const clock = createSimulatedClock();
    let taken = 0;
    let spent = 0;
    const patience = createReaderPatience(() => taken, createBudget(500, clock), clock);

    for (let i = 0; i < 30; i += 1) {
      const end = patience.wait(() => (spent += 1));
      taken += bytes;
      await clock.advance(50);
      end();
    }

    expect(spent).toBe(times);
  });

  it('is the budget’s with a reader that is slow, and told once', async () => {
    expect(await spentTimes(1024 * 1024 - 1)).toBe(1);
  });

  it('charges what another one waits for at the same time', async () => {
    const clock = createSimulatedClock();
    let taken = 0;
    const spent: string[] = [];
    const budget = createBudget(1_000, clock);
    createReaderPatience(() => taken, budget, clock).wait(() => spent.push('reader'));
    budget.wait(() => spent.push('network'));

    for (let look = 0; look < 20; look += 1) {
      taken += 2 * 1024 * 1024;
      await clock.advance(100);
    }

    // The second that both had together is gone for both.
    expect(spent).toEqual(['network', 'reader']);
  });

  it('asks no more for it when there is room', async () => {
    const clock = createSimulatedClock();
    let spent = 0;
    const patience = createReaderPatience(() => 0, createBudget(1_000, clock), clock);

    patience.wait(() => (spent += 1))();
    await clock.advance(20_000);

    expect(spent).toBe(0);
  });
});

describe('patience with our own work', () => {
  it('lasts as long as the work gets on, and ends when it has stood still for five seconds', async () => {
    const clock = createSimulatedClock();
    let done = 0;
    let spent = 0;
    createWorkPatience(() => done, clock).wait(() => (spent += 1));

    for (let second = 0; second < 60; second += 4) {
      await clock.advance(4_000);
      done += 1;
    }
    const whileWorking = spent;
    await clock.advance(6_000);

    expect([whileWorking, spent]).toEqual([0, 1]);
  });

  it('ends with the wait', async () => {
    const clock = createSimulatedClock();
    let spent = 0;

    createWorkPatience(() => 0, clock).wait(() => (spent += 1))();
    await clock.advance(60_000);

    expect(spent).toBe(0);
  });
});

describe('a gate', () => {
  it('lets nobody wait any longer once the patience is spent, until there is room again', async () => {
    const clock = createSimulatedClock();
    const states: string[] = [];
    const gate = createGate(createBudget(1_000, clock), () => states.push('spent'));
    const note = (): number => states.push(gate.isWaiting() ? 'waits' : gate.isSpent() ? 'drops' : 'open');

    gate.setFull(true);
    note();
    await clock.advance(1_000);
    gate.setFull(true);
    note();
    gate.setFull(false);
    note();
    await clock.advance(WINDOW_MS);
    gate.setFull(true);
    note();

    expect(states).toEqual(['waits', 'spent', 'drops', 'open', 'waits']);
  });
});
