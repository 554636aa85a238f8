import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { VARIANTS } from '../../scripts/cost/model.ts';

describe('npm run cost', () => {
  const run = (args: readonly string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/cost.ts', ...args], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });

  it('prints one column for each way to run the drain', async () => {
    const { stdout } = await run([
      '--gb-per-day',
      '5',
      '--agents',
      '20',
      '--destinations',
      'datadog,cloudwatch',
    ]);

    const total = stdout.split('\n').find((line) => line.startsWith('US$ a month'));
    expect(total?.trim().split(/ {2,}/)).toHaveLength(VARIANTS.length + 1);
    expect(stdout).toMatch(/could not be confirmed/);
  });

  it('names the destinations when one is unknown', async () => {
    const failed = run(['--gb-per-day', '5', '--agents', '20', '--destinations', 'papertrail']);

    await expect(failed).rejects.toMatchObject({
      stderr: expect.stringContaining(`${MANIFESTS.map(({ id }) => id).join(', ')}.\n`),
    });
  });
});
