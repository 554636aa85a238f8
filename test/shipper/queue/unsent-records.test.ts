import { describe, expect, it } from 'vitest';
import type { NumberedLines } from '../../../shipper/batch/record-encoder.ts';
import { createOutbox, type Outbox } from '../../../shipper/queue/unsent-records.ts';

const MIB = 1024 * 1024;

function setUp({ maxBytes = 64 * MIB, dropWhenFull = true } = {}) {
  const lost: number[] = [];
  const outbox = createOutbox({ maxBytes, dropWhenFull, onLost: ({ seq }: NumberedLines) => lost.push(seq) });
  const add = (seq: number, bytes = MIB) => outbox.add({ seq, lines: 1, data: Buffer.alloc(bytes) });
  return { outbox, add, lost };
}

/** Takes all there is for the sender's hands. */
function takeAll(outbox: Outbox): readonly number[] {
  const seqs: number[] = [];
  for (let record = outbox.take(); record !== undefined; record = outbox.take()) seqs.push(record.seq);
  return seqs;
}

describe('the outbox', () => {
  it('hands records over in order, as many as the sender may hold', () => {
    const { outbox, add } = setUp();
    for (let seq = 0; seq < 30; seq += 1) add(seq);

    const first = takeAll(outbox);
    outbox.settle(0);
    const next = takeAll(outbox);

    expect(first).toEqual(Array.from({ length: 12 }, (_, at) => at));
    expect(next).toEqual([12]);
    expect(outbox.bytes()).toBe(29 * MIB);
    expect(outbox.lines()).toBe(29);
  });

  it('drops the oldest record that is not in the hands of the sender', () => {
    const { outbox, add, lost } = setUp({ maxBytes: 8 * MIB });
    for (let seq = 0; seq < 8; seq += 1) add(seq);
    takeAll(outbox);

    add(8);
    add(9);

    expect(lost).toEqual([4, 5]);
    expect(outbox.bytes()).toBe(8 * MIB);
  });

  it('drops nothing once it is sealed or if the writer is told to stop instead', () => {
    const sealed = setUp({ maxBytes: 4 * MIB });
    const blocking = setUp({ maxBytes: 4 * MIB, dropWhenFull: false });

    sealed.outbox.seal();
    for (const { add } of [sealed, blocking]) for (let seq = 0; seq < 9; seq += 1) add(seq);

    expect([...sealed.lost, ...blocking.lost]).toEqual([]);
    expect([sealed.outbox.lines(), blocking.outbox.lines()]).toEqual([9, 9]);
  });

  it('hands over again, in order, what a dead sender had in hand', () => {
    const { outbox, add } = setUp();
    for (let seq = 0; seq < 4; seq += 1) add(seq);
    takeAll(outbox);
    outbox.settle(1);
    add(4);

    outbox.takeBack(true);

    expect(takeAll(outbox)).toEqual([0, 2, 3, 4]);
  });

  it('holds no death against a record that had another reason', () => {
    const { outbox, add, lost } = setUp();
    add(0);
    for (let death = 0; death < 5; death += 1) {
      takeAll(outbox);
      outbox.takeBack(false);
    }
    add(1);

    expect(takeAll(outbox)).toEqual([0, 1]);
    expect(lost).toEqual([]);
  });

  it('hands records that saw two deaths over one by one', () => {
    const { outbox, add } = setUp();
    for (let seq = 0; seq < 3; seq += 1) add(seq);
    for (let death = 0; death < 2; death += 1) {
      takeAll(outbox);
      outbox.takeBack(true);
    }
    add(3);

    const hands: (readonly number[])[] = [];
    for (let id = 0; id < 4; id += 1) {
      hands.push(takeAll(outbox));
      outbox.settle(id);
    }

    expect(hands).toEqual([[0], [1], [2], [3]]);
  });

  it('sets a record aside that was alone in hand at three deaths, and no other', () => {
    const { outbox, add, lost } = setUp();
    for (let seq = 0; seq < 3; seq += 1) add(seq);
    const lostAfter: number[] = [];

    for (let death = 0; death < 5; death += 1) {
      takeAll(outbox);
      outbox.takeBack(true);
      lostAfter.push(lost.length);
    }

    expect(lostAfter).toEqual([0, 0, 0, 0, 1]);
    expect(lost).toEqual([0]);
    expect(takeAll(outbox)).toEqual([1]);
    expect(outbox.lines()).toBe(2);
  });
});
