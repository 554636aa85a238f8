import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';

const README = readFileSync('README.md', 'utf8');

describe.each(MANIFESTS.map((manifest) => [manifest.id, manifest] as const))(
  'the documentation of %s',
  (id, { settings }) => {
    const path = `lambdas/${id}/README.md`;
    const page = existsSync(path) ? readFileSync(path, 'utf8') : '';

    it('is a page that begins with its name and id', () => {
      expect(page, `${path} needs the heading: # <name> (\`${id}\`)`).toMatch(
        new RegExp(`^# .+ \\(\`${id}\`\\)\\n`),
      );
    });

    it('has a row for each setting, with its default, and for no other', () => {
      const rows = page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
      for (const { name, default: value, required } of settings) {
        const start = `| \`${name}\` | ${required ? 'yes ' : ''}|`;
        const row = rows.find((line) => line.startsWith(start));
        expect(row, `${path} needs a row that starts with: ${start}`).toBeDefined();
        if (value !== undefined) expect(row, `the default in ${path}`).toContain(`| \`${value}\` |`);
      }
      expect(rows).toHaveLength(settings.length);
    });

    it('says what delivered means', () => {
      expect(page.includes('Delivered means'), `${path} needs a sentence: Delivered means that …`).toBe(true);
    });

    it('is linked from the table of the README, with the settings that are required', () => {
      const required = settings.filter((setting) => setting.required).map(({ name }) => `\`${name}\``);
      const end = `](${path}) | \`${id}\` | ${required.join(', ')} |`;
      const row = README.split('\n').find((line) => line.startsWith('| [') && line.endsWith(end));
      expect(row, `README.md, "Destinations", needs the row: | [<name>${end}`).toBeDefined();
    });

    it('is in the list that docs/deploy.md has for the key destinations', () => {
      const deploy = readFileSync('docs/deploy.md', 'utf8').split('\n');
      const row = deploy.find((line) => line.startsWith('| `destinations` |')) ?? '';
      expect(row.includes(`\`${id}\``), `docs/deploy.md, row \`destinations\`, needs \`${id}\``).toBe(true);
    });
  },
);

const MARKDOWN = ['docs', 'lambdas'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
);
const PAGES = [...readdirSync('.'), ...MARKDOWN].filter((name) => name.endsWith('.md'));

describe('the pages', () => {
  it.each(PAGES)('%s links to files that exist', (page) => {
    const text = readFileSync(page, 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);

    const broken = links.filter((link) => !existsSync(join(dirname(page), link)));

    expect(broken).toEqual([]);
  });
});
