import { describe, expect, it } from 'vitest';
import { createLosses } from '../../../shipper/queue/loss-announcer.ts';

function setUp() {
  const said: string[] = [];
  let timers: { readonly atMs: number; readonly task: () => void }[] = [];
  let nowMs = 0;
  let nextSeq = 1_000;
  const losses = createLosses({
    announceDropped: (lines, total) => {
      said.push(`${nowMs} dropped ${lines} of ${total}`);
      nextSeq += 1;
      return nextSeq;
    },
    announceSplit: (lines, total) => said.push(`${nowMs} split ${lines} of ${total}`),
    schedule: (task, delayMs) => {
      const timer = { atMs: nowMs + delayMs, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
  });
  const passTime = (toMs: number): void => {
    for (;;) {
      const due = timers.filter(({ atMs }) => atMs <= toMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (due === undefined) break;
      timers = timers.filter((one) => one !== due);
      nowMs = due.atMs;
      due.task();
    }
    nowMs = toMs;
  };
  return { losses, said, passTime };
}

describe('announcing losses', () => {
  it('says the sum, and not again within a minute', () => {
    const { losses, said, passTime } = setUp();

    losses.dropped({ seq: 0, lines: 5 });
    losses.dropped({ seq: 5, lines: 7 });
    passTime(10_000);
    losses.dropped({ seq: 12, lines: 1 });
    losses.split(2);
    passTime(70_000);
    passTime(300_000);

    expect(said).toEqual(['1000 dropped 12 of 12', '61000 dropped 1 of 13', '61000 split 2 of 2']);
    expect(losses.droppedLines()).toBe(13);
  });

  it('says the rest at the end', () => {
    const { losses, said, passTime } = setUp();

    losses.split(1);
    passTime(1_000);
    losses.dropped({ seq: 0, lines: 3 });
    losses.finish();

    expect(said).toEqual(['1000 split 1 of 1', '1000 dropped 3 of 3']);
    expect(losses.unannouncedLines()).toBe(0);
  });

  it('leaves unannounced what is lost after the end', () => {
    const { losses, said, passTime } = setUp();

    losses.dropped({ seq: 0, lines: 3 });
    losses.finish();
    losses.dropped({ seq: 3, lines: 4 });
    passTime(300_000);

    expect(said).toEqual(['0 dropped 3 of 3']);
    expect(losses.unannouncedLines()).toBe(4);
  });

  it('says again what a dropped announcement had said', () => {
    const { losses, said, passTime } = setUp();

    losses.dropped({ seq: 0, lines: 5 });
    passTime(1_000);
    losses.dropped({ seq: 1_000, lines: 10 });
    losses.finish();

    expect(said).toEqual(['1000 dropped 5 of 5', '1000 dropped 15 of 15']);
  });
});
