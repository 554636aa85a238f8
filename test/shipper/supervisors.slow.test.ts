import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { needsPrograms } from '../helpers/programs.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { childPids, commandLine, eventNames, type RunningShipper } from '../helpers/shipper/process.ts';

const world = useShipper();
const AGENT = ['python3', fileURLToPath(new URL('../fixtures/shipper/drains.py', import.meta.url))];
const TIMEOUT_MS = 120_000;

type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT';

function start(through: readonly string[], command: readonly string[] = AGENT): RunningShipper {
  return world.start({ args: ['run', '--', ...command], through, launcher: true, stdin: { leftOpen: true } });
}

/** Waits for the agent; returns the shipper's own process, which is its parent. */
function parentOfAgent(shipper: RunningShipper): Promise<number> {
  return vi.waitFor(() => {
    const parent = /ready (\d+)/.exec(shipper.stdout())?.[1];
    if (parent === undefined) throw new Error('the agent is not ready');
    return Number(parent);
  }, 60_000);
}

/** What is seen of a run that has ended, without its first line. */
async function endOf(shipper: RunningShipper) {
  const code = await shipper.ended;
  return { code, said: shipper.stdout().split('\n').slice(1), events: eventNames(world.kinesis) };
}

/** It was asked once, and let its call end. */
const goodEnd = (signal: Signal, code = 0) => ({
  code,
  said: [`asked to end 1 by ${signal}`, 'the call has ended in good order', ''],
  events: ['AGENT_STARTED', 'AGENT_EXITED'],
});

describe('an init program that passes a signal on to the whole group', () => {
  needsPrograms('python3', 'dumb-init', 'tini');

  it.each([
    ['dumb-init', 'SIGTERM', ['dumb-init', '--']],
    ['dumb-init', 'SIGINT', ['dumb-init', '--']],
    ['tini', 'SIGTERM', ['tini', '-s', '-g', '--']],
    ['tini', 'SIGINT', ['tini', '-s', '-g', '--']],
  ] as const)('%s: %s reaches the agent once', { timeout: TIMEOUT_MS }, async (_, signal, through) => {
    const shipper = start(through);
    await parentOfAgent(shipper);

    shipper.child.kill(signal);

    expect(await endOf(shipper)).toEqual(goodEnd(signal));
  });

  it.each([
    ['dumb-init', ['dumb-init', '--single-child', '--']],
    ['tini', ['tini', '-s', '--']],
  ] as const)('%s, told to signal us alone: so does it', { timeout: TIMEOUT_MS }, async (_, through) => {
    const shipper = start(through);
    await parentOfAgent(shipper);

    shipper.child.kill('SIGTERM');

    expect(await endOf(shipper)).toEqual(goodEnd('SIGTERM'));
  });
});

describe('timeout(1)', () => {
  needsPrograms('python3');

  it('in front of us signals us and then the group, which the agent hears once', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const shipper = start(['timeout', '600']);
    await parentOfAgent(shipper);

    // As when its time is over.
    shipper.child.kill('SIGALRM');

    expect(await endOf(shipper)).toEqual(goodEnd('SIGTERM', 124));
  });
});

describe('a signal', () => {
  needsPrograms('python3', 'setsid');
  const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

  it.each(signals)('to our group reaches the agent once: %s', { timeout: TIMEOUT_MS }, async (signal) => {
    const shipper = start(['setsid']);
    process.kill(-(await parentOfAgent(shipper)), signal);

    expect(await endOf(shipper)).toEqual(goodEnd(signal));
  });

  it.each(signals)('to us alone is passed on: %s', { timeout: TIMEOUT_MS }, async (signal) => {
    const shipper = start(['setsid']);
    process.kill(await parentOfAgent(shipper), signal);

    expect(await endOf(shipper)).toEqual(goodEnd(signal));
  });

  it('to each process, one after the other, reaches the agent once', { timeout: TIMEOUT_MS }, async () => {
    const shipper = start(['setsid']);
    const pid = await parentOfAgent(shipper);
    const all = [pid, ...childPids(pid)];
    expect(all.length).toBeGreaterThan(2);

    // Some help at the start alone.
    for (const one of all) if (commandLine(one) !== '') process.kill(one, 'SIGTERM');

    expect(await endOf(shipper)).toEqual(goodEnd('SIGTERM'));
  });

  it('to our group is passed on to an agent that has a group of its own', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const shipper = start(['setsid'], ['setsid', ...AGENT]);
    process.kill(-(await parentOfAgent(shipper)), 'SIGTERM');

    expect(await endOf(shipper)).toEqual(goodEnd('SIGTERM'));
  });

  it('ends the agent by force where it kills the group', { timeout: TIMEOUT_MS }, async () => {
    const shipper = start(['setsid']);
    const pid = await parentOfAgent(shipper);
    const agents = childPids(pid);

    process.kill(-pid, 'SIGKILL');
    await shipper.ended;

    await vi.waitFor(() => expect(agents.map(commandLine)).toEqual(agents.map(() => '')), 30_000);
  });
});
