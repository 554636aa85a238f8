import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createSay } from '../../../shipper/base/logger.ts';
import { type CopyTarget, createCopy, fdTarget, streamTarget } from '../../../shipper/input/tee.ts';

describe('the copy to our own output', () => {
  it('leaves out whole chunks, counted, while too much waits, and goes on afterwards', async () => {
    const written: string[] = [];
    const waiting: (() => void)[] = [];
    let leftOut = 0;
    const target: CopyTarget = (chunk, done) => {
      written.push(chunk.toString());
      waiting.push(() => done(null));
    };
    const copy = createCopy(target, {
      maxWaitingBytes: 10,
      whenFull: 'leave-out',
      onLeftOut: (bytes) => (leftOut += bytes),
    });

    for (const text of ['aaaaa', 'bbbbb', 'ccccc']) void copy.write(Buffer.from(text));
    for (const end of waiting.splice(0)) end();
    await copy.flushed();
    void copy.write(Buffer.from('ddddd'));

    expect(written).toEqual(['aaaaa', 'bbbbb', 'ddddd']);
    expect(leftOut).toBe(5);
  });

  it('asks the writer to wait while too much waits, and leaves nothing out, if told so', async () => {
    const written: string[] = [];
    const waiting: (() => void)[] = [];
    const target: CopyTarget = (chunk, done) => {
      written.push(chunk.toString());
      waiting.push(() => done(null));
    };
    const copy = createCopy(target, { maxWaitingBytes: 10, whenFull: 'wait', onLeftOut: () => {} });

    const asked = ['aaaaa', 'bbbbb', 'ccccc'].map((text) => copy.write(Buffer.from(text)));
    for (const end of waiting.splice(0)) end();
    await asked[2];

    expect(asked.map((one) => one !== undefined)).toEqual([false, false, true]);
    expect(written).toEqual(['aaaaa', 'bbbbb', 'ccccc']);
  });

  it('ends when nobody reads it any more', () => {
    const written: string[] = [];
    const target: CopyTarget = (chunk, done) => {
      written.push(chunk.toString());
      done(Object.assign(new Error('closed'), { code: 'EPIPE' }));
    };
    const copy = createCopy(target, { maxWaitingBytes: 10, whenFull: 'leave-out', onLeftOut: () => {} });

    void copy.write(Buffer.from('a'));
    void copy.write(Buffer.from('b'));

    expect(written).toEqual(['a']);
  });

  it('survives a stream that fails', async () => {
    const stream = new PassThrough();
    const copy = createCopy(streamTarget(stream), {
      maxWaitingBytes: 1_000,
      whenFull: 'leave-out',
      onLeftOut: () => {},
    });

    stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    void copy.write(Buffer.from('a'));
    await copy.flushed();

    expect(stream.destroyed).toBe(true);
  });

  it('is byte-exact in a file, whatever the order of completion', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'log-drain-copy-'));
    const fd = openSync(join(dir, 'out'), 'w');
    const copy = createCopy(fdTarget(fd), {
      maxWaitingBytes: 16 * 1024 * 1024,
      whenFull: 'leave-out',
      onLeftOut: () => {},
    });
    const chunks = Array.from({ length: 200 }, (_, at) => Buffer.alloc(1 + at * 50, at));

    for (const chunk of chunks) void copy.write(chunk);
    await copy.flushed();

    closeSync(fd);
    expect(readFileSync(join(dir, 'out')).equals(Buffer.concat(chunks))).toBe(true);
    rmSync(dir, { recursive: true });
  });
});

describe('our own messages', () => {
  it('are one line each, and the same topic comes once a minute', () => {
    const lines: string[] = [];
    let nowMs = 0;
    const say = createSay(
      (line) => lines.push(line),
      () => nowMs,
    );

    say('a', 'one\ntwo');
    say('a', 'again');
    say('b', 'other');
    nowMs = 60_000;
    say('a', 'later');

    expect(lines).toEqual(['log-drain: one two\n', 'log-drain: other\n', 'log-drain: later\n']);
  });
});
