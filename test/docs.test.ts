import { readFileSync } from 'node:fs';
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
