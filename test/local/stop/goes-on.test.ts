import { describe, expect, it } from 'vitest';
import { goesOn } from '../../../local/stop/goes-on.ts';

/** An agent that is known to have started and ended at these times, ms; the answer, and the time that it took. */
async function ask({ started = Infinity, ended = Infinity }) {
  let nowMs = 0;
  const events = { hasStarted: () => nowMs >= started, hasEnded: () => nowMs >= ended };
  const answer = await goesOn(events, async (ms) => {
    nowMs += ms;
  });
  return [answer, nowMs];
}

describe('an agent that was about to start when a signal was sent to all', () => {
  it.each([
    ['has got it and ended', { started: 200, ended: 200 }, [false, 200]],
    ['has got it and ends soon', { started: 200, ended: 900 }, [false, 900]],
    ['has not got it', { started: 200 }, [true, 1150]],
    ['ends long before it is known that it had started', { ended: 6_000 }, [false, 6_000]],
    ['is never heard of', {}, [true, 10_000]],
  ])('%s', async (_, events, expected) => {
    expect(await ask(events)).toEqual(expected);
  });
});
