import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, isLoadable } from '../../../shipper/base/program-file.ts';

let dir: string;
const at = (...names: readonly string[]): string => join(dir, ...names);

async function file(path: string, content: string | Buffer, mode = 0o755): Promise<void> {
  await writeFile(path, content);
  await chmod(path, mode);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'log-drain-program-'));
  for (const folder of ['one', 'two', 'one/agent-folder']) await mkdir(at(folder));
  await file(at('two', 'agent-folder'), '#!/bin/sh\n');
  await file(at('one', 'agent-plain'), '#!/bin/sh\n', 0o644);
  await file(at('two', 'agent-plain'), '#!/bin/sh\n');
  await file(at('two', 'agent'), '#!/bin/sh\n');
});
afterAll(() => rm(dir, { recursive: true }));

describe('a program', () => {
  it('is the first file in a folder of PATH that may be executed', () => {
    const path = `${at('no')}:${at('one')}:${at('two')}`;

    expect(findProgram('agent', path)).toBe(at('two', 'agent'));
    expect(findProgram('agent-folder', path)).toBe(at('two', 'agent-folder'));
    expect(findProgram('agent-plain', path)).toBe(at('two', 'agent-plain'));
    expect(findProgram('agent-plain', at('one'))).toBeUndefined();
    expect(findProgram('no-such-agent', path)).toBeUndefined();
  });

  it('is itself if its name has a slash', () => {
    expect(findProgram(at('two', 'agent'), '')).toBe(at('two', 'agent'));
    expect(findProgram(at('one', 'agent-plain'), at('two'))).toBeUndefined();
    expect(findProgram(at('one'), at('two'))).toBeUndefined();
  });

  it('is in this folder where a part of PATH is empty', () => {
    // Tests run in the folder of the repository.
    expect(findProgram('run', `${at('no')}::${at('two')}`)).toBeUndefined();
    const here = process.cwd();
    try {
      process.chdir(at('two'));
      expect(findProgram('agent', `${at('no')}:`)).toBe('./agent');
      expect(findProgram('agent', '')).toBe('./agent');
    } finally {
      process.chdir(here);
    }
  });

  it('is looked for in the usual places where there is no PATH, and has a name', () => {
    expect(findProgram('sh', undefined)).toMatch(/^(\/usr)?\/bin\/sh$/);
    expect(findProgram('', '/bin')).toBeUndefined();
  });
});

describe('a file that is sure to be loaded', () => {
  const sh = '/bin/sh';
  const change = (bytes: Buffer, place: number, to: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[place] = to;
    return changed;
  };

  it('is a binary for this machine, and a script for one', async () => {
    await file(at('script'), '#! /bin/sh -e\n');
    await file(at('script-of-script'), `#!${at('script')}\n`);

    for (const one of [sh, process.execPath, at('script'), at('script-of-script')]) {
      expect([one, isLoadable(one, process.execPath)]).toEqual([one, true]);
    }
  });

  it.each([
    ['without a first line', 'echo hi\n'],
    ['whose interpreter is missing', '#!/no/such/interpreter\n'],
    ['whose interpreter is named by a relative path', '#!bin/sh\n'],
    ['whose interpreter is a folder', '#!/tmp\n'],
    ['without an interpreter', '#!\n'],
    ['that is empty', ''],
  ])('is no script %s', async (_, text) => {
    await file(at('wrong'), text);

    expect(isLoadable(at('wrong'), process.execPath)).toBe(false);
  });

  it('is no script that is its own interpreter', async () => {
    await file(at('circle'), `#!${at('circle')}\n`);

    expect(isLoadable(at('circle'), process.execPath)).toBe(false);
  });

  it('is no binary of another kind, without its loader or cut off', async () => {
    const binary = await readFile(sh);
    const loader = binary.indexOf('/lib');
    expect(loader).toBeGreaterThan(0);

    for (const wrong of [
      change(binary, 4, 1),
      change(binary, 5, 2),
      change(binary, 18, 0xf7),
      change(binary, loader + 1, 0x58),
      binary.subarray(0, 100),
      binary.subarray(0, 20),
    ]) {
      await file(at('binary'), wrong);
      expect(isLoadable(at('binary'), process.execPath)).toBe(false);
    }
    await file(at('binary'), binary);
    expect(isLoadable(at('binary'), process.execPath)).toBe(true);
  });
});
