import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSenderChild } from '../../../shipper/sender-process/child.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sender-child-'));
});
afterEach(() => rm(dir, { recursive: true }));

const TASK = { stream: { name: 's', arn: undefined, region: undefined }, partitionKey: 'k' };

/** A program in the sender's place, and how it ends. */
async function start(program: string) {
  const path = join(dir, 'program.mjs');
  await writeFile(path, `${program}; setInterval(() => {}, 60_000);`);
  const clock = createSimulatedClock();
  let onMessage = (): void => {};
  const heard = new Promise<void>((resolve) => (onMessage = resolve));
  let ended = false;
  const exit = new Promise<string>((resolve) => {
    const sender = { path, env: { PATH: process.env['PATH'] } };
    startSenderChild(sender, clock, {
      task: TASK,
      onMessage,
      onExit: (how) => {
        ended = true;
        resolve(how);
      },
    });
  });
  return { clock, heard, exit, hasEnded: () => ended };
}

describe('a sender that says nothing', () => {
  it('has thirty seconds to load, and is ended then', async () => {
    const { clock, exit, hasEnded } = await start('');

    await clock.advance(29_000);
    expect(hasEnded()).toBe(false);
    await clock.advance(1_000);

    expect(await exit).toBe('SIGKILL');
  });

  it('has twenty seconds when it has said something', async () => {
    const { clock, heard, exit } = await start("process.send({ kind: 'heartbeat' })");
    await heard;

    await clock.advance(20_000);

    expect(await exit).toBe('SIGKILL');
  });
});
