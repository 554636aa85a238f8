import { describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../shared/base/clock.ts';
import { withinTime } from '../../shared/base/time-limit.ts';

/** Ends as its signal says. */
function untilAborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const end = (): void => resolve((signal.reason as Error).name);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

describe('withinTime', () => {
  it('aborts work that takes longer', async () => {
    expect(await withinTime({ clock, ms: 1 }, untilAborted)).toBe('TimeoutError');
  });

  it('aborts work that says so itself', async () => {
    const working = withinTime({ clock, ms: 60_000 }, (signal, expire) => {
      const ended = untilAborted(signal);
      expire();
      return ended;
    });

    expect(await working).toBe('TimeoutError');
  });

  it('hands back what comes of work that is done in time, and its error', async () => {
    expect(await withinTime({ clock, ms: 60_000 }, async () => 'done')).toBe('done');
    await expect(withinTime({ clock, ms: 60_000 }, () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
  });

  it.each([
    ['before it', true],
    ['while it runs', false],
  ])('aborts when the outer signal aborted %s', async (_when, before) => {
    const outer = new AbortController();
    const reason = new DOMException('stop', 'AbortError');
    if (before) outer.abort(reason);
    const running = withinTime({ clock, ms: 60_000, outer: outer.signal }, untilAborted);
    outer.abort(reason);

    expect(await running).toBe('AbortError');
  });
});
