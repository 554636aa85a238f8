import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useBuiltCli } from '../helpers/built-cli.ts';

const cli = useBuiltCli();

const STATIC_IMPORT = /(?:^|[;\n}])\s*import\s*(?:[\w$*{][^"';()]*from)?\s*["']([^"']+)["']/g;
const CORE_MODULE = /getBuiltinModule\(["']([^"']+)["']\)/g;
const DYNAMIC_IMPORT = /import\(["']([^"']+)["']\)/g;

interface Loaded {
  readonly files: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
  readonly bytes: number;
}

/** What a file loads before it runs, and what that loads. */
async function loadedBy(...entries: readonly string[]): Promise<Loaded> {
  const files = new Set<string>();
  const modules = new Set<string>();
  let bytes = 0;
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    files.add(file);
    const text = await readFile(file, 'utf8');
    bytes += text.length;
    for (const [, name = ''] of text.matchAll(STATIC_IMPORT)) {
      if (name.startsWith('.')) await visit(join(dirname(file), name));
      else modules.add(name);
    }
    for (const [, name = ''] of text.matchAll(CORE_MODULE)) modules.add(name);
  };
  for (const entry of entries) await visit(entry);
  return { files, modules, bytes };
}

describe('the built command', () => {
  it('loads core modules alone for run and ship', async () => {
    const entry = await readFile(cli.entry, 'utf8');
    const [runChunk = ''] = [...entry.matchAll(DYNAMIC_IMPORT)].map(([, name]) => join(cli.dir, name ?? ''));

    const { modules, files, bytes } = await loadedBy(cli.entry, runChunk);

    expect([...modules].filter((name) => !isBuiltin(name))).toEqual([]);
    expect(modules).toContain('node:child_process');
    expect(bytes).toBeLessThan(80 * 1024);
    for (const file of files) expect(await readFile(file, 'utf8')).not.toMatch(/smithy|aws-sdk|Commander/);
  });

  it('catches signals before it loads anything but core modules, which take some 4 ms of its start', async () => {
    const entry = await readFile(cli.entry, 'utf8');

    const { modules, files } = await loadedBy(cli.entry);

    expect([...modules].filter((name) => !isBuiltin(name))).toEqual([]);
    expect([...files]).toEqual([cli.entry]);
    // In the bundle all but this file's own statements are in functions that are called where they are imported.
    const source = await readFile('cli/log-drain.ts', 'utf8');
    expect(source.indexOf('= holdSignals(')).toBeGreaterThan(0);
    expect(source.indexOf('= holdSignals(')).toBeLessThan(source.indexOf('import('));
    expect(entry.startsWith('#!/usr/bin/env node\n')).toBe(true);
  });

  it('declares its commands without what they are made of', async () => {
    const help = await loadedBy(join(cli.dir, 'help.mjs'));
    const commands = await loadedBy(join(cli.dir, 'commands.mjs'));

    expect(help.bytes).toBeLessThan(48 * 1024);
    expect(commands.bytes).toBeLessThan(112 * 1024);
  });

  it('holds all that run and ship need', async () => {
    const { modules } = await loadedBy(join(cli.dir, 'sender.mjs'));

    expect([...modules].filter((name) => !isBuiltin(name))).toEqual([]);
  });
});
