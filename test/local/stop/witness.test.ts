import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processInGroup } from '../../helpers/process-in-group.ts';

/** A process that is asked what its witness says of the first signal, in a group of its own. */
async function say(path: string | undefined, kill: (pid: number) => void): Promise<string> {
  const module = resolve('local', 'stop', 'witness.ts');
  const program = `
    const { startWitness } = await import(${JSON.stringify(module)});
    ${path === undefined ? '' : `process.env.PATH = ${JSON.stringify(path)};`}
    const witness = startWitness();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, async () => {
        console.log(String(await witness.wasSentToAll()));
        witness.end();
        process.exit(0);
      });
    console.log('ready');
    setInterval(() => {}, 1000);`;
  return (await processInGroup(program, kill)).join('\n');
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('the witness of %s', (signal) => {
  it('says that all of the group got it', async () => {
    expect(await say(undefined, (pid) => process.kill(-pid, signal))).toBe('true');
  });

  it('says that one alone got it', async () => {
    expect(await say(undefined, (pid) => process.kill(pid, signal))).toBe('false');
  });
});

describe('without the program that is to be the witness', () => {
  it('nobody can tell', async () => {
    expect(await say('/nowhere', (pid) => process.kill(pid, 'SIGTERM'))).toBe('undefined');
  });
});
