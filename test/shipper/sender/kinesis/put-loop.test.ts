import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPutLoop, type PutResult } from '../../../../shipper/sender/kinesis/put-loop.ts';

interface Call {
  readonly names: readonly number[];
  readonly answer: (result: PutResult) => void;
}

/** A loop whose calls are answered, and whose waits are ended, by the test. */
function setUp(random = 0.5, careful = false) {
  const calls: Call[] = [];
  const taken: number[] = [];
  const troubles: (string | undefined)[] = [];
  const waits: { readonly delayMs: number; readonly end: () => void }[] = [];
  const loop = createPutLoop({
    put: (records) =>
      new Promise((answer) => {
        calls.push({ names: records.map(({ id }) => id), answer });
      }),
    onTaken: (records) => taken.push(...records.map(({ id }) => id)),
    onTrouble: (trouble) => troubles.push(trouble),
    random: () => random,
    careful,
    schedule: (task, delayMs) => {
      const wait = { delayMs, end: task };
      waits.push(wait);
      return () => waits.splice(waits.indexOf(wait), 1);
    },
  });
  const add = (id: number, bytes = 100): void => loop.add({ id, bytes });
  const answer = async (at: number, result: PutResult): Promise<void> => {
    calls[at]?.answer(result);
    await tick();
  };
  const endWait = async (): Promise<void> => {
    waits.pop()?.end();
    await tick();
  };
  return { loop, add, answer, endWait, calls, taken, troubles, waits };
}

const ALL_TAKEN: PutResult = { kind: 'answered', failed: [] };
const FAILED: PutResult = { kind: 'failed', trouble: 'no network' };

describe('putting records', () => {
  it('has one call under way at a time and sends together what came meanwhile', async () => {
    const { add, answer, calls, taken } = setUp();

    for (let id = 0; id < 5; id += 1) add(id);
    await answer(0, ALL_TAKEN);
    await answer(1, ALL_TAKEN);

    expect(calls.map(({ names }) => names)).toEqual([[0], [1, 2, 3, 4]]);
    expect(taken).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes records one by one when it is to be careful, until none waits any more', async () => {
    const { add, answer, calls } = setUp(0.5, true);

    for (let id = 0; id < 3; id += 1) add(id, 3 * 1024 ** 2);
    for (let at = 0; at < 3; at += 1) await answer(at, ALL_TAKEN);
    for (let id = 3; id < 6; id += 1) add(id);
    await answer(3, ALL_TAKEN);

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
    const { add, answer, endWait, calls, taken } = setUp();

    for (let id = 0; id < 4; id += 1) add(id);
    await answer(0, ALL_TAKEN);
    await answer(1, { kind: 'answered', failed: [0, 2] });
    add(4);
    await endWait();

    expect(calls.at(-1)?.names).toEqual([1, 3, 4]);
    expect(taken).toEqual([0, 2]);
  });

  it('keeps the order of records when calls side by side fail', async () => {
    const { add, answer, endWait, calls } = setUp();

    for (let id = 0; id < 9; id += 1) add(id, 1024 * 1024);
    await answer(1, FAILED);
    await answer(0, FAILED);
    await endWait();

    expect(calls.slice(0, 2).map(({ names }) => names)).toEqual([[0], [1, 2, 3, 4]]);
    expect(calls[2]?.names).toEqual([0, 1, 2, 3]);
  });

  it('waits a random time up to a bound that doubles from 100 ms to 20 s', async () => {
    const { add, answer, endWait, waits } = setUp();
    const delays: number[] = [];

    add(0);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await answer(attempt, FAILED);
      delays.push(waits[0]?.delayMs ?? -1);
      await endWait();
    }

    expect(delays).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('stays quick while some records of each call are taken', async () => {
    const { add, answer, endWait, waits } = setUp();
    const delays: number[] = [];

    for (let id = 0; id < 5; id += 1) add(id);
    await answer(0, ALL_TAKEN);
    for (let call = 1; call < 4; call += 1) {
      await answer(call, { kind: 'answered', failed: [1] });
      delays.push(waits[0]?.delayMs ?? -1);
      add(10 + call);
      await endWait();
    }

    expect(delays).toEqual([50, 50, 50]);
  });

  it('waits a second at most when in a hurry, a wait that is under way too', async () => {
    const { loop, add, answer, endWait, waits } = setUp(0.999);

    add(0);
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await answer(attempt, FAILED);
      if (attempt < 8) await endWait();
    }
    const before = waits[0]?.delayMs;
    loop.hurry();

    expect(before).toBeGreaterThan(10_000);
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([999]);
  });

  it('tells of trouble and of its end', async () => {
    const { loop, add, answer, endWait, troubles } = setUp();

    add(0);
    await answer(0, FAILED);
    await endWait();
    await answer(1, ALL_TAKEN);

    expect(troubles).toEqual(['no network', undefined]);
    expect(loop.unsent()).toBe(0);
  });
});
