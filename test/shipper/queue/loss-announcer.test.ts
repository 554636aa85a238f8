import { describe, expect, it } from 'vitest';
import { createLossAnnouncer } from '../../../shipper/queue/loss-announcer.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

function setUp() {
  const said: string[] = [];
  const clock = createSimulatedClock();
  let nextSeq = 1_000;
  const losses = createLossAnnouncer({
    clock,
    announceDropped: (lines, total) => {
      said.push(`${clock.now()} dropped ${lines} of ${total}`);
      nextSeq += 1;
      return nextSeq;
    },
    announceSplit: (lines, total) => said.push(`${clock.now()} split ${lines} of ${total}`),
  });
  return { losses, said, clock };
}

describe('announcing losses', () => {
  it('says the sum, and not again within a minute', async () => {
    const { losses, said, clock } = setUp();

    losses.addDropped({ seq: 0, lines: 5 });
    losses.addDropped({ seq: 5, lines: 7 });
    await clock.advance(10_000);
    losses.addDropped({ seq: 12, lines: 1 });
    losses.setSplitTotal(2);
    await clock.advance(290_000);

    expect(said).toEqual(['1000 dropped 12 of 12', '61000 dropped 1 of 13', '61000 split 2 of 2']);
    expect(losses.droppedLines()).toBe(13);
  });

  it('says the rest at the end', async () => {
    const { losses, said, clock } = setUp();

    losses.setSplitTotal(1);
    await clock.advance(1_000);
    losses.addDropped({ seq: 0, lines: 3 });
    losses.finish();

    expect(said).toEqual(['1000 split 1 of 1', '1000 dropped 3 of 3']);
    expect(losses.unannouncedLines()).toBe(0);
  });

  it('leaves unannounced what is lost after the end', async () => {
    const { losses, said, clock } = setUp();

    losses.addDropped({ seq: 0, lines: 3 });
    losses.finish();
    losses.addDropped({ seq: 3, lines: 4 });
    await clock.advance(300_000);

    expect(said).toEqual(['0 dropped 3 of 3']);
    expect(losses.unannouncedLines()).toBe(4);
  });

  it('says again what a dropped announcement had said', async () => {
    const { losses, said, clock } = setUp();

    losses.addDropped({ seq: 0, lines: 5 });
    await clock.advance(1_000);
    losses.addDropped({ seq: 1_000, lines: 10 });
    losses.finish();

    expect(said).toEqual(['1000 dropped 5 of 5', '1000 dropped 15 of 15']);
  });
});
