import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createSharedOutput } from '../../../local/view/output.ts';

function setUp() {
  const stream = new PassThrough();
  return { output: createSharedOutput(stream), seen: () => String(stream.read() ?? '') };
}

describe('output that a command and we share', () => {
  it('keeps words of ours off a line that the command has not ended', async () => {
    const { output, seen } = setUp();
    await output.copy(Buffer.from('whole\nhalf'));
    output.say('log-drain: words');
    output.say('log-drain: more');
    await output.copy(Buffer.from('end\n'));
    output.say('log-drain: last');

    expect(seen()).toBe('whole\nhalf\nlog-drain: words\nlog-drain: more\nend\nlog-drain: last\n');
  });

  it('copies byte for byte while nothing is said', async () => {
    const { output, seen } = setUp();
    for (const part of ['a', '', 'b\n', '\n', 'c']) await output.copy(Buffer.from(part));

    expect(seen()).toBe('ab\n\nc');
  });

  it('waits for a slow reader, for both streams of the command', async () => {
    const done: (() => void)[] = [];
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, next) => void done.push(next) });
    const output = createSharedOutput(slow);
    let copied = 0;
    const copies = ['one', 'two'].map((text) => output.copy(Buffer.from(text)).then(() => (copied += 1)));
    await new Promise(setImmediate);
    expect(copied).toBe(0);

    done.shift()?.();
    await new Promise(setImmediate);
    done.shift()?.();
    await Promise.all(copies);

    expect(copied).toBe(2);
  });

  it('holds nobody up when its reader is gone', async () => {
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
    const output = createSharedOutput(stuck);
    const waiting = output.copy(Buffer.from('never read'));
    stuck.destroy(new Error('EPIPE'));

    await expect(waiting).resolves.toBeUndefined();
    await expect(output.copy(Buffer.from('more'))).resolves.toBeUndefined();
    output.say('words');
  });
});
