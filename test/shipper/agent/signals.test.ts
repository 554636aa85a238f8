import { describe, expect, it } from 'vitest';
import { type PassedSignal, withoutRepeats } from '../../../shipper/agent/signals.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

describe('signals', () => {
  it('that are equal within a moment are one, but for those that tell of a new size', async () => {
    const clock = createSimulatedClock();
    const passed: PassedSignal[] = [];
    const listener = withoutRepeats((signal) => passed.push(signal), clock);
    const sent: readonly (readonly [signal: PassedSignal, afterMs: number])[] = [
      ['SIGTERM', 0],
      ['SIGTERM', 0],
      ['SIGINT', 0],
      ['SIGTERM', 199],
      ['SIGTERM', 1],
      ['SIGWINCH', 0],
      ['SIGWINCH', 0],
    ];

    for (const [signal, afterMs] of sent) {
      await clock.advance(afterMs);
      listener(signal);
    }

    expect(passed).toEqual(['SIGTERM', 'SIGINT', 'SIGTERM', 'SIGWINCH', 'SIGWINCH']);
  });
});
