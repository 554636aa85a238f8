import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { missingPrograms } from '../../local/built-programs.ts';

it('programs that were not built are known before anything starts', async () => {
  const dist = await mkdtemp(join(tmpdir(), 'built-'));
  await mkdir(join(dist, 'lambdas', 'datadog'), { recursive: true });
  for (const file of ['sender.mjs', 'lambdas/datadog/index.mjs']) await writeFile(join(dist, file), '');

  expect(missingPrograms(join(dist, 'log-drain.mjs'), ['datadog', 'syslog'])).toEqual([
    join(dist, 'sample-agent.mjs'),
    join(dist, 'lambdas', 'syslog', 'index.mjs'),
  ]);
  await rm(dist, { recursive: true });
});
