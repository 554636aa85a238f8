import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processInGroup } from '../../helpers/process-in-group.ts';

/** A process, in a group of its own, that says of each signal that it gets what its witness says of it. */
async function say(kill: (pid: number) => void, count = 1): Promise<readonly string[]> {
  const [clock, witness] = ['shared/base/clock.ts', 'shipper/agent/witness.ts'].map((path) => resolve(path));
  const program = `
    const { systemClock } = await import(${JSON.stringify(clock)});
    const { startWitness } = await import(${JSON.stringify(witness)});
    const witness = startWitness({ words: ['agent', 'word of the agent'], clock: systemClock });
    let left = ${count};
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'])
      process.on(signal, async () => {
        const toAll = await witness.wasSentToAll(signal);
        console.log(signal + ' ' + toAll);
        left -= 1;
        if (left > 0) return;
        witness.end();
        process.exit(0);
      });
    console.log('ready');
    setInterval(() => {}, 1000);`;
  return processInGroup(program, kill);
}

const SIGNALS = ['SIGTERM', 'SIGQUIT', 'SIGUSR1'] as const;

describe.each(SIGNALS)('the witness of %s', (signal) => {
  it('says that all of the group got it', async () => {
    expect(await say((pid) => process.kill(-pid, signal))).toEqual([`${signal} true`]);
  });

  it('says that one alone got it', async () => {
    expect(await say((pid) => process.kill(pid, signal))).toEqual([`${signal} false`]);
  });
});

describe('several signals', () => {
  it('that are sent to all, one right after the other, are told as such, though one ends the witness', async () => {
    const both = await say((pid) => {
      process.kill(-pid, 'SIGTERM');
      process.kill(-pid, 'SIGHUP');
    }, 2);

    expect([...both].sort()).toEqual(['SIGHUP true', 'SIGTERM true']);
  });

  it('are told apart where one was sent to all and the other to us alone', async () => {
    const both = await say((pid) => {
      process.kill(-pid, 'SIGINT');
      process.kill(pid, 'SIGQUIT');
    }, 2);

    expect([...both].sort()).toEqual(['SIGINT true', 'SIGQUIT false']);
  });
});
