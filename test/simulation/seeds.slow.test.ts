import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { resultOf } from '../helpers/run-cli.ts';

/** The simulation as `npm run simulate` plays it; resolves with its exit code and what it wrote. */
async function play(...args: readonly string[]): Promise<{ code: unknown; text: string }> {
  const program = ['--import', 'tsx', 'simulation/main.ts', ...args];
  const { code, stdout, stderr } = await resultOf(spawn(process.execPath, program), '');
  return { code, text: stdout + stderr };
}

describe('simulated weeks', () => {
  it('lose no line, hold up nobody and leave nothing behind, whatever the troubles', {
    timeout: 1_800_000,
  }, async () => {
    const { code, text } = await play('--seeds', '1..500');

    expect(text).toMatch(/500 histories, [\d]{4,} simulated hours, .*; 0 failed\./);
    expect(code).toBe(0);
  });
});

describe('a range of seeds', () => {
  it.each([
    [['--seeds', 'some'], '--seeds must be two numbers such as 1..500 (got "some").'],
    [['--seeds', '5..1'], '--seeds must be two numbers such as 1..500 (got "5..1").'],
    [['--hours', '0'], '--hours must be a number from 0.5 on (got "0").'],
    [['--destination', 'nowhere'], '--destination must be one of'],
    [['--only', 'a'], '--only must be places of troubles such as 0,3, or none.'],
  ])('is refused as %j with what to type', async (args, message) => {
    const { code, text } = await play(...args);

    expect(code).toBe(2);
    expect(text).toContain(message);
  });
});
