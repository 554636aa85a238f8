import { describe, expect, it } from 'vitest';
import type { NumberedLines } from '../../../shipper/batch/record-encoder.ts';
import { createUnsentRecords, type UnsentRecords } from '../../../shipper/queue/unsent-records.ts';

const MIB = 1024 * 1024;

function setUp({ maxBytes = 64 * MIB, dropping = true } = {}) {
  const lost: number[] = [];
  const unsent = createUnsentRecords({
    maxBytes,
    onLost: ({ seq }: NumberedLines) => lost.push(seq),
  });
  unsent.setDropping(dropping);
  const add = (seq: number, bytes = MIB) => unsent.add({ seq, lines: 1, data: Buffer.alloc(bytes) });
  return { unsent, add, lost };
}

/** Takes all that the sender may hold. */
function takeAll(unsent: UnsentRecords): readonly number[] {
  const seqs: number[] = [];
  for (let record = unsent.takeNext(); record !== undefined; record = unsent.takeNext())
    seqs.push(record.seq);
  return seqs;
}

describe('unsent records', () => {
  it('hands records over in order, as many as the sender may hold', () => {
    const { unsent, add } = setUp();
    for (let seq = 0; seq < 30; seq += 1) add(seq);

    const first = takeAll(unsent);
    unsent.remove(0);
    const next = takeAll(unsent);

    expect(first).toEqual(Array.from({ length: 12 }, (_, at) => at));
    expect(next).toEqual([12]);
    expect(unsent.bytes()).toBe(29 * MIB);
    expect(unsent.lines()).toBe(29);
  });

  it('drops the oldest record that the sender does not hold', () => {
    const { unsent, add, lost } = setUp({ maxBytes: 8 * MIB });
    for (let seq = 0; seq < 8; seq += 1) add(seq);
    takeAll(unsent);

    add(8);
    add(9);

    expect(lost).toEqual([4, 5]);
    expect(unsent.bytes()).toBe(8 * MIB);
  });

  it('drops nothing once it is told so, or if the writer is told to stop instead', () => {
    const stopped = setUp({ maxBytes: 4 * MIB });
    const blocking = setUp({ maxBytes: 4 * MIB, dropping: false });

    stopped.unsent.setDropping(false);
    for (const { add } of [stopped, blocking]) for (let seq = 0; seq < 9; seq += 1) add(seq);

    expect([...stopped.lost, ...blocking.lost]).toEqual([]);
    expect([stopped.unsent.lines(), blocking.unsent.lines()]).toEqual([9, 9]);
  });

  it('drops what is too much at once when it is told to', () => {
    const { unsent, add, lost } = setUp({ maxBytes: 4 * MIB, dropping: false });
    for (let seq = 0; seq < 9; seq += 1) add(seq);

    unsent.setDropping(true);

    expect(lost).toEqual([0, 1, 2, 3, 4]);
  });

  it('hands over again, in order, what a crashed sender held', () => {
    const { unsent, add } = setUp();
    for (let seq = 0; seq < 4; seq += 1) add(seq);
    takeAll(unsent);
    unsent.remove(1);
    add(4);

    unsent.takeBack(true);

    expect(takeAll(unsent)).toEqual([0, 2, 3, 4]);
  });

  it('does not blame a record for crashes that have another cause', () => {
    const { unsent, add, lost } = setUp();
    add(0);
    for (let crash = 0; crash < 5; crash += 1) {
      takeAll(unsent);
      unsent.takeBack(false);
    }
    add(1);

    expect(takeAll(unsent)).toEqual([0, 1]);
    expect(lost).toEqual([]);
  });

  it('hands records that were held at two crashes over one by one', () => {
    const { unsent, add } = setUp();
    for (let seq = 0; seq < 3; seq += 1) add(seq);
    for (let crash = 0; crash < 2; crash += 1) {
      takeAll(unsent);
      unsent.takeBack(true);
    }
    add(3);

    const hands: (readonly number[])[] = [];
    for (let id = 0; id < 4; id += 1) {
      hands.push(takeAll(unsent));
      unsent.remove(id);
    }

    expect(hands).toEqual([[0], [1], [2], [3]]);
  });

  it('gives up a record that was held alone at three crashes, and no other', () => {
    const { unsent, add, lost } = setUp();
    for (let seq = 0; seq < 3; seq += 1) add(seq);
    const lostAfter: number[] = [];

    for (let crash = 0; crash < 5; crash += 1) {
      takeAll(unsent);
      unsent.takeBack(true);
      lostAfter.push(lost.length);
    }

    expect(lostAfter).toEqual([0, 0, 0, 0, 1]);
    expect(lost).toEqual([0]);
    expect(takeAll(unsent)).toEqual([1]);
    expect(unsent.lines()).toBe(2);
  });
});
