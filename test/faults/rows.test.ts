import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('plays the rows of each file that the scoreboard takes rows from', () => {
  const scoreboard = readFileSync('faults/faults.ts', 'utf8');
  const files = [...scoreboard.matchAll(/^import \{ (\w+) \} from '\.\/rows\/([\w/-]+)\.ts';$/gm)];

  const playing = files.map(([, rows, name]) => {
    const test = readFileSync(`test/faults/${name}.slow.test.ts`, 'utf8');
    return [name, test.includes(`/rows/${name}.ts'`), test.includes(`playAll(${rows});`)];
  });

  expect(playing).toEqual(files.map(([, , name]) => [name, true, true]));
  expect(files.length).toBe((scoreboard.match(/^ {2}\.\.\.\w+,$/gm) ?? []).length);
});
