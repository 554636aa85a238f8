import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import * as z from 'zod';

const LISTED = z.array(z.object({ file: z.string(), projectName: z.string() }));
/** What may be meant as a test by its name: more than what any project includes. */
const IS_TEST = /(?<![a-z])(test|spec)s?\.[cm]?[jt]sx?$/;
const NOT_OURS = new Set(['node_modules', 'dist', 'out', 'coverage', 'cdk.out']);

/** Paths below a folder, without what is built or installed. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name) && !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}

it('runs each test file in the one project that its name tells', async () => {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'list', '--filesOnly', '--json']);
  const listed = LISTED.parse(JSON.parse(stdout));

  const projects = listed.map(({ file, projectName }) => `${relative('.', file)}: ${projectName}`);

  const tests = filesIn('.').filter((file) => IS_TEST.test(file));
  const seen = projects.map((project) => project.replace(/: once$/, ': slow'));
  const expected = tests.map((file) => `${file}: ${file.endsWith('.slow.test.ts') ? 'slow' : 'fast'}`);
  expect(seen.sort()).toEqual(expected.sort());
  expect(new Set(listed.map(({ projectName }) => projectName))).toEqual(new Set(['fast', 'slow', 'once']));
});
