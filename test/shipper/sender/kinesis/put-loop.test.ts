import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type CallOutcome,
  createPutLoop,
  type PutResult,
} from '../../../../shipper/sender/kinesis/put-loop.ts';
import { createSimulatedClock } from '../../../helpers/shipper/simulated-clock.ts';

interface Call {
  readonly names: readonly number[];
  readonly answer: (result: PutResult) => void;
}

/** A loop whose calls are answered by the test, in simulated time. */
function setUp({ random = 0.5, oneByOne = false } = {}) {
  const calls: Call[] = [];
  const delivered: number[] = [];
  const outcomes: CallOutcome[] = [];
  const clock = createSimulatedClock({ random: () => random });
  const loop = createPutLoop({
    put: (records) =>
      new Promise((answer) => {
        calls.push({ names: records.map(({ id }) => id), answer });
      }),
    onDelivered: (records) => delivered.push(...records.map(({ id }) => id)),
    onCall: (outcome) => outcomes.push(outcome),
    clock,
    oneByOne,
  });
  const add = (id: number, bytes = 100): void => loop.add({ id, bytes });
  const answer = async (at: number, result: PutResult): Promise<void> => {
    calls[at]?.answer(result);
    await tick();
  };
  return { loop, add, answer, clock, calls, delivered, outcomes };
}

const ALL_DELIVERED: PutResult = { kind: 'answered', failed: [] };
const FAILED: PutResult = { kind: 'failed', reason: 'no network', passes: false };

describe('putting records', () => {
  it('has one call under way at a time and sends together what came meanwhile', async () => {
    const { add, answer, calls, delivered } = setUp();

    for (let id = 0; id < 5; id += 1) add(id);
    await answer(0, ALL_DELIVERED);
    await answer(1, ALL_DELIVERED);

    expect(calls.map(({ names }) => names)).toEqual([[0], [1, 2, 3, 4]]);
    expect(delivered).toEqual([0, 1, 2, 3, 4]);
  });

  it('sends records one by one if told so, until none waits any more', async () => {
    const { add, answer, calls } = setUp({ oneByOne: true });

    for (let id = 0; id < 3; id += 1) add(id, 3 * 1024 ** 2);
    for (let at = 0; at < 3; at += 1) await answer(at, ALL_DELIVERED);
    for (let id = 3; id < 6; id += 1) add(id);
    await answer(3, ALL_DELIVERED);

    expect(calls.map(({ names }) => names)).toEqual([[0], [1], [2], [3], [4, 5]]);
  });

  it('starts a call beside another only for 500 records or 4 MiB, and no fifth one', () => {
    const many = setUp();
    const large = setUp();

    for (let id = 0; id < 500; id += 1) many.add(id);
    const before = many.calls.length;
    many.add(500);
    for (let id = 0; id < 40; id += 1) large.add(id, 1024 * 1024);

    expect(before).toBe(1);
    expect(many.calls.map(({ names }) => names.length)).toEqual([1, 500]);
    expect(large.calls.map(({ names }) => names.length)).toEqual([1, 4, 4, 4]);
  });

  it('sends again only what failed, before what came later', async () => {
    const { add, answer, clock, calls, delivered } = setUp();

    for (let id = 0; id < 4; id += 1) add(id);
    await answer(0, ALL_DELIVERED);
    await answer(1, { kind: 'answered', failed: [0, 2] });
    add(4);
    await clock.advanceToNext();

    expect(calls.at(-1)?.names).toEqual([1, 3, 4]);
    expect(delivered).toEqual([0, 2]);
  });

  it('keeps the order of records when calls side by side fail', async () => {
    const { add, answer, clock, calls } = setUp();

    for (let id = 0; id < 9; id += 1) add(id, 1024 * 1024);
    await answer(1, FAILED);
    await answer(0, FAILED);
    await clock.advanceToNext();

    expect(calls.slice(0, 2).map(({ names }) => names)).toEqual([[0], [1, 2, 3, 4]]);
    expect(calls[2]?.names).toEqual([0, 1, 2, 3]);
  });

  it('waits a random time up to a bound that doubles from 100 ms to 20 s', async () => {
    const { add, answer, clock } = setUp();
    const delays: number[] = [];

    add(0);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await answer(attempt, FAILED);
      delays.push(clock.pendingMs()[0] ?? -1);
      await clock.advanceToNext();
    }

    expect(delays).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('stays quick while some records of each call are delivered', async () => {
    const { add, answer, clock } = setUp();
    const delays: number[] = [];

    for (let id = 0; id < 5; id += 1) add(id);
    await answer(0, ALL_DELIVERED);
    for (let call = 1; call < 4; call += 1) {
      await answer(call, { kind: 'answered', failed: [1] });
      delays.push(clock.pendingMs()[0] ?? -1);
      add(10 + call);
      await clock.advanceToNext();
    }

    expect(delays).toEqual([50, 50, 50]);
  });

  it('waits a second at most when in a hurry, a wait that is under way too', async () => {
    const { loop, add, answer, clock } = setUp({ random: 0.999 });

    add(0);
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await answer(attempt, FAILED);
      if (attempt < 8) await clock.advanceToNext();
    }
    const [before] = clock.pendingMs();
    loop.hurry();

    expect(before).toBeGreaterThan(10_000);
    expect(clock.pendingMs()).toEqual([999]);
  });

  it('reports why calls fail, and that they work again', async () => {
    const { loop, add, answer, clock, outcomes } = setUp();

    add(0);
    await answer(0, FAILED);
    await clock.advanceToNext();
    await answer(1, ALL_DELIVERED);

    expect(outcomes.map(({ failure, isBehind }) => [failure?.reason, isBehind])).toEqual([
      ['no network', true],
      [undefined, false],
    ]);
    expect(loop.unsent()).toBe(0);
  });
});
