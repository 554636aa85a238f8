import { describe, expect, it } from 'vitest';
import { createGrace } from '../../shipper/grace.ts';
import { createSimulatedClock } from '../helpers/shipper/simulated-clock.ts';

describe('the time that a supervisor leaves', () => {
  it('is what remains of it when the agent ends in time', async () => {
    const clock = createSimulatedClock();
    const grace = createGrace(10_000, clock);

    grace.onSignal('SIGTERM');
    await clock.advance(7_000);
    grace.onAgentEnd();
    const leftMs = grace.leftMs();
    await clock.advance(leftMs - 1);
    const before = grace.over.aborted;
    await clock.advance(1);

    // One second is for the end itself.
    expect([leftMs, before, grace.over.aborted]).toEqual([2_000, false, true]);
    expect(grace.agentWasAsked()).toBe(true);
  });

  it('has no end when the agent outlives it', async () => {
    const clock = createSimulatedClock();
    const grace = createGrace(10_000, clock);

    grace.onSignal('SIGINT');
    await clock.advance(10_001);
    grace.onAgentEnd();
    await clock.advance(3_600_000);

    expect([grace.leftMs(), grace.over.aborted]).toEqual([Number.POSITIVE_INFINITY, false]);
    expect(grace.agentWasAsked()).toBe(true);
  });

  it('has no end when nobody asked, or only by a signal that asks for something else', async () => {
    const clock = createSimulatedClock();
    const grace = createGrace(10_000, clock);

    grace.onSignal('SIGUSR1');
    grace.onAgentEnd();
    await clock.advance(3_600_000);

    expect([grace.leftMs(), grace.over.aborted]).toEqual([Number.POSITIVE_INFINITY, false]);
    expect(grace.agentWasAsked()).toBe(false);
  });

  it('begins with a signal that comes after the agent has ended', async () => {
    const clock = createSimulatedClock();
    const grace = createGrace(10_000, clock);

    grace.onAgentEnd();
    await clock.advance(60_000);
    grace.onSignal('SIGTERM');
    const leftMs = grace.leftMs();
    await clock.advance(leftMs);

    expect([leftMs, grace.over.aborted]).toEqual([9_000, true]);
    expect(grace.agentWasAsked()).toBe(false);
  });

  it('counts from the first signal', async () => {
    const clock = createSimulatedClock();
    const grace = createGrace(10_000, clock);

    grace.onSignal('SIGTERM');
    await clock.advance(8_000);
    grace.onSignal('SIGTERM');
    grace.onAgentEnd();

    expect(grace.leftMs()).toBe(1_000);
  });

  it('has no end with --grace 0', async () => {
    const clock = createSimulatedClock();
    const grace = createGrace(0, clock);

    grace.onAgentEnd();
    grace.onSignal('SIGTERM');
    await clock.advance(3_600_000);

    expect([grace.leftMs(), grace.over.aborted]).toEqual([Number.POSITIVE_INFINITY, false]);
  });
});
