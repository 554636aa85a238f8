import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VERSION } from '../shared/base/version.ts';

it('names the version of package.json in everything that is sent', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

  expect(VERSION).toBe(version);
});
