import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('docs/architecture.md', 'utf8');
const FOLDERS = readdirSync('.', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What stands in code marks and begins with a folder of ours, or is a file of the root. */
const PATHS = [...PAGE.matchAll(/`([\w./-]+)`/g)]
  .map(([, path = '']) => path)
  .filter((path) => FOLDERS.includes(path.split('/')[0] ?? '') || /^\.?[\w-]+\.(json|ts)$/.test(path))
  .filter((path) => path.includes('/') || path.startsWith('.'));

/** Folders that hold no code of ours. */
const NO_ROOMS = new Set(['docs', 'scripts', 'node_modules', 'dist', 'coverage', 'out']);

describe('docs/architecture.md', () => {
  it.each([...new Set(PATHS)])('names %s, which exists', (path) => {
    expect(existsSync(path)).toBe(true);
  });

  it('says of every room what lives there', () => {
    const rooms = FOLDERS.filter(
      (name) => !NO_ROOMS.has(name) && !name.startsWith('.') && !name.includes('.'),
    );
    const table = PAGE.slice(PAGE.indexOf('## Who may import whom'), PAGE.indexOf('## Vocabulary'));

    expect(rooms.length).toBeGreaterThan(8);
    expect(rooms.filter((room) => !table.includes(`\`${room}/`))).toEqual([]);
  });

  it('says of every floor of shared/ what lives there', () => {
    const floors = readdirSync('shared');

    expect(floors.filter((floor) => !PAGE.includes(`| \`shared/${floor}/\` |`))).toEqual([]);
  });
});
