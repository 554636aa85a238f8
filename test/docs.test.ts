import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../lambdas/registry.ts';

const README = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it.each(MANIFESTS.map((manifest) => [manifest.id, manifest] as const))(
    'has a section for %s with a row for each setting and its default',
    (id, { settings }) => {
      expect(README).toMatch(new RegExp(`^### .*\\(\`${id}\`\\)$`, 'm'));
      for (const setting of settings) {
        const row = README.split('\n').find((line) => line.startsWith(`| \`${setting.name}\` |`));
        expect(row, `no row for ${setting.name}`).toBeDefined();
        if (setting.default !== undefined) expect(row).toContain(`\`${setting.default}\``);
      }
    },
  );
});

const PAGES = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

describe('the pages', () => {
  it.each(PAGES)('%s links to files that exist', (page) => {
    const text = readFileSync(page, 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);

    const broken = links.filter((link) => !existsSync(join(dirname(page), link)));

    expect(broken).toEqual([]);
  });
});
