import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/base/clock.ts';
import { startAgent } from '../../../shipper/agent/child.ts';
import { restoring } from '../../../shipper/launcher/start.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'not-started-'));
  await mkdir(join(dir, 'folder'));
  await writeFile(join(dir, 'not-executable'), 'true\n', { mode: 0o644 });
  await writeFile(join(dir, 'no-interpreter'), '#! /no/such/python -u\n', { mode: 0o755 });
  await writeFile(join(dir, 'with space'), '#!/no/such/shell\n');
  await chmod(join(dir, 'with space'), 0o755);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function endOf(command: readonly [string, ...string[]], path = '/usr/bin') {
  const agent = await startAgent(
    { command, env: { PATH: path }, started: restoring(command, {}) },
    systemClock,
  );
  expect(agent.started).toBe(false);
  return agent.ended;
}

describe('a command that is not found', () => {
  it.each([
    ['no-such-agent', 'it is in no folder of PATH: install it, or give its path'],
    ['package.json', 'it is in no folder of PATH; for the file in this folder write ./package.json'],
    ['./no-such-agent', 'there is no such file'],
    ['python agent.py start', 'the command and its arguments are words of their own: leave out the quotes'],
    ['', 'its name is empty'],
  ])('is named, with what to do: %s', async (file, advice) => {
    expect(await endOf([file])).toEqual({
      kind: 'not-started',
      code: 127,
      why: 'command not found',
      advice: `cannot start "${file}": command not found; ${advice}`,
    });
  });

  it.each([
    ['no-interpreter', '/no/such/python'],
    ['with space', '/no/such/shell'],
  ])('since its interpreter is missing, names that: %s', async (name, interpreter) => {
    expect(await endOf([join(dir, name)])).toMatchObject({
      code: 127,
      advice: expect.stringContaining(`its first line asks for ${interpreter}, which is missing`),
    });
  });

  it('is named by the beginning of a very long name', async () => {
    const end = await endOf([`./${'x'.repeat(100_000)}`]);

    expect(end.kind === 'not-started' && end.advice.length).toBeLessThan(400);
  });
});

describe('a command that is not executable', () => {
  it('is told how to be', async () => {
    const file = join(dir, 'not-executable');
    const advice = `make it so with chmod +x ${file}, or put the program that reads it in front`;

    expect(await endOf([file])).toMatchObject({
      code: 126,
      why: 'not executable',
      advice: `cannot start "${file}": not executable; ${advice}`,
    });
  });

  it('is named by its place where PATH has it', async () => {
    expect(await endOf(['not-executable'], ['/nowhere', dir].join(delimiter))).toMatchObject({
      code: 126,
      advice: expect.stringContaining(`chmod +x ${join(dir, 'not-executable')},`),
    });
  });

  it('since it is a folder, is told so', async () => {
    const file = join(dir, 'folder');

    expect(await endOf([file])).toMatchObject({ advice: expect.stringContaining(`${file} is a folder`) });
  });
});

describe('a command line that is too long', () => {
  it('is told so, and by its name alone', async () => {
    expect(await endOf(['true', 'x'.repeat(3_000_000)])).toMatchObject({
      code: 126,
      advice: 'cannot start "true": E2BIG; its arguments and the environment are too long',
    });
  });
});

describe('what the stream is told', () => {
  it('has nothing of the command line', async () => {
    const end = await endOf(['/no/such/secret-name']);

    expect(end.kind === 'not-started' && end.why).not.toContain('secret');
  });
});
