import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/base/clock.ts';
import { type PipeSource, pipeSource } from '../../../shipper/input/source.ts';

const LINES = 5_000;
/** One write per line, some 50 µs apart, like a busy agent; begins when it is told to. */
const BUSY_WRITER = `
  const { readSync, writeSync } = require('node:fs');
  readSync(0, Buffer.alloc(1));
  for (let n = 0; n < ${LINES}; n += 1) {
    writeSync(1, 'line ' + n + '\\n');
    for (const end = performance.now() + 0.05; performance.now() < end; );
  }`;

let dir: string;
let writer: ChildProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-drain-input-'));
});
afterEach(async () => {
  if (writer?.exitCode === null && writer.kill('SIGKILL')) await once(writer, 'exit');
  rmSync(dir, { recursive: true });
});

/** A pipe with a writer at its other end, of which nothing is read yet. */
function open(): { readonly source: PipeSource; readonly begin: () => void } {
  const name = join(dir, 'pipe');
  expect(spawnSync('mkfifo', [name]).status).toBe(0);
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const end = openSync(name, constants.O_WRONLY);
  const child = spawn(process.execPath, ['-e', BUSY_WRITER], { stdio: ['pipe', end, 'ignore'] });
  closeSync(end);
  writer = child;
  return { source: pipeSource(fd, systemClock), begin: () => void child.stdin?.end('x') };
}

describe('reading a pipe', () => {
  it('lets an enlarged pipe fill for a moment, instead of waking up for each line', async () => {
    const { source, begin } = open();
    const chunks: string[] = [];
    source.onEnlarged();
    begin();
    await source.read((chunk) => chunks.push(chunk.toString()));

    expect(chunks.join('')).toBe(Array.from({ length: LINES }, (_, n) => `line ${n}\n`).join(''));
    expect(chunks.length).toBeLessThan(LINES / 5);
  });

  it('does not go on after such a moment if it was told to pause meanwhile', async () => {
    const { source, begin } = open();
    source.onEnlarged();
    begin();
    let bytes = 0;
    let chunks = 0;
    let ended = Promise.resolve();
    await new Promise<void>((resolve) => {
      ended = source.read((chunk) => {
        bytes += chunk.length;
        chunks += 1;
        if (chunks !== 10) return;
        source.pause();
        resolve();
      });
    });
    const before = bytes;
    // Longer than any such moment, in which the writer goes on.
    await wait(50);

    expect(bytes).toBe(before);

    source.resume();
    await ended;

    expect(chunks).toBeGreaterThan(10);
  });
});
