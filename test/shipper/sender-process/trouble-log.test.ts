import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../shipper/base/logger.ts';
import { createTroubleLog } from '../../../shipper/sender-process/trouble-log.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

const SLOWED = { reason: 'slowed down', isLong: true };
const DOWN = { reason: 'down', isLong: true };
const TOLD_SLOWED = 'log-drain: slowed down; lines wait to be sent\n';
const TOLD_DOWN = 'log-drain: down; lines wait to be sent\n';
const TOLD_OVER = 'log-drain: Kinesis takes records again\n';

/** With the real logger, in simulated time. */
function setUp() {
  const clock = createSimulatedClock();
  const written: string[] = [];
  const log = createLogger((line) => written.push(line), clock);
  return { clock, written, ...createTroubleLog(log, clock) };
}

describe('the log of trouble', () => {
  it('tells what is long and when it is over, and knows the reason of what is not long yet', () => {
    const { onTrouble, reason, written } = setUp();

    onTrouble(undefined);
    onTrouble({ ...SLOWED, isLong: false });
    const before = [reason(), [...written]];
    onTrouble(SLOWED);
    onTrouble(undefined);

    expect(before).toEqual(['slowed down', []]);
    expect(written).toEqual([TOLD_SLOWED, TOLD_OVER]);
    expect(reason()).toBeUndefined();
  });

  it('says each once a minute, and its last word is true', async () => {
    const { clock, onTrouble, written } = setUp();

    for (let times = 0; times < 10; times += 1) {
      onTrouble(SLOWED);
      onTrouble(undefined);
    }
    onTrouble(SLOWED);
    const atFirst = [...written];
    await clock.advance(65_000);

    expect(atFirst).toEqual([TOLD_SLOWED, TOLD_OVER]);
    expect(written).toEqual([TOLD_SLOWED, TOLD_OVER, TOLD_SLOWED]);
  });

  it('does not repeat at the end of the minute what has changed back', async () => {
    const { clock, onTrouble, written } = setUp();

    onTrouble(SLOWED);
    onTrouble(undefined);
    onTrouble(SLOWED);
    onTrouble(undefined);
    await clock.advance(120_000);

    expect(written).toEqual([TOLD_SLOWED, TOLD_OVER]);
  });

  it('does not repeat what lasts', async () => {
    const { clock, onTrouble, written } = setUp();

    onTrouble(SLOWED);
    await clock.advance(600_000);
    onTrouble(SLOWED);

    expect(written).toEqual([TOLD_SLOWED]);
  });

  it('tells another reason at once', () => {
    const { onTrouble, written } = setUp();

    onTrouble(SLOWED);
    onTrouble(DOWN);

    expect(written).toEqual([TOLD_SLOWED, TOLD_DOWN]);
  });
});
