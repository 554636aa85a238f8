import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, resultIn, runLocal, sh } from '../helpers/local-process.ts';

describe('log-drain local where something cannot be written', () => {
  it('needs no folder for temporary files, and is not switched off', { timeout: PATIENCE_MS }, async () => {
    // Where nobody can make a file, not even root.
    const finished = await runLocal({
      args: ['--json'],
      command: sh('echo hello; exit 3'),
      env: { TMPDIR: '/proc', LOG_DRAIN_OFF: '1' },
    });

    expect(finished.code).toBe(0);
    expect(resultIn(finished).lines.stdout).toBe(1);
  });

  it('says in one line what it cannot write, and ends', { timeout: PATIENCE_MS }, async () => {
    // A folder that is there, in which no file can be made.
    const { code, stdout, stderr } = await runLocal({
      args: ['--out', '/proc/self'],
      command: sh('echo hello'),
    });

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^log-drain local: E\w+: [^\n]*, open '\/proc\/self\/\w+\.ndjson'\.\n$/);
  });
});
