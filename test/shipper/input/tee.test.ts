import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/base/clock.ts';
import { createBudget, ENDLESS, NONE } from '../../../shipper/base/patience.ts';
import { createTee } from '../../../shipper/input/tee.ts';
import { fdTarget, streamTarget, type TeeTarget } from '../../../shipper/input/tee-target.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

/** A target whose writes end when the test says so. */
function heldTarget() {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const target: TeeTarget = {
    batchBytes: 0,
    write: (batch, done) => {
      written.push(Buffer.concat(batch).toString());
      waiting.push(() => done(null));
    },
  };
  const endAll = (): void => {
    for (let end = waiting.shift(); end !== undefined; end = waiting.shift()) end();
  };
  return { target, written, endAll };
}

describe('a tee', () => {
  it('drops whole chunks, counted, while too much waits, and goes on afterwards', async () => {
    const { target, written, endAll } = heldTarget();
    let droppedBytes = 0;
    const tee = createTee(target, {
      maxWaitingBytes: 10,
      patience: NONE,
      onDropped: (bytes) => (droppedBytes += bytes),
    });

    for (const text of ['aaaaa', 'bbbbb', 'ccccc']) void tee.write(Buffer.from(text));
    endAll();
    await tee.flushed();
    void tee.write(Buffer.from('ddddd'));

    expect(written).toEqual(['aaaaa', 'bbbbb', 'ddddd']);
    expect(droppedBytes).toBe(5);
  });

  it('asks the writer to wait while too much waits, and drops nothing as long as there is patience', async () => {
    const { target, written, endAll } = heldTarget();
    const tee = createTee(target, { maxWaitingBytes: 10, patience: ENDLESS, onDropped: () => {} });

    const asked = ['aaaaa', 'bbbbb', 'ccccc'].map((text) => tee.write(Buffer.from(text)));
    endAll();
    await asked[2];

    expect(asked.map((one) => one !== undefined)).toEqual([false, false, true]);
    expect(written).toEqual(['aaaaa', 'bbbbb', 'ccccc']);
  });

  it('leaves chunks out once the patience is spent, and wakes whoever waits', async () => {
    const clock = createSimulatedClock();
    const { target, written, endAll } = heldTarget();
    let droppedBytes = 0;
    const tee = createTee(target, {
      maxWaitingBytes: 10,
      patience: createBudget(1_000, clock),
      onDropped: (bytes) => (droppedBytes += bytes),
    });

    void tee.write(Buffer.from('aaaaa'));
    void tee.write(Buffer.from('bbbbb'));
    const room = tee.write(Buffer.from('ccccc'));
    await clock.advance(1_000);
    await room;
    const after = tee.write(Buffer.from('ddddd'));
    endAll();

    expect([room === undefined, after === undefined]).toEqual([false, true]);
    expect(written).toEqual(['aaaaa', 'bbbbb', 'ccccc']);
    expect(droppedBytes).toBe(5);
  });

  it('ends when nobody reads it any more', () => {
    const written: string[] = [];
    const target: TeeTarget = {
      batchBytes: 0,
      write: (batch, done) => {
        written.push(Buffer.concat(batch).toString());
        done(Object.assign(new Error('closed'), { code: 'EPIPE' }));
      },
    };
    const tee = createTee(target, { maxWaitingBytes: 10, patience: NONE, onDropped: () => {} });

    void tee.write(Buffer.from('a'));
    void tee.write(Buffer.from('b'));

    expect(written).toEqual(['a']);
  });

  it('survives a stream that fails', async () => {
    const stream = new PassThrough();
    const tee = createTee(streamTarget(stream), {
      maxWaitingBytes: 1_000,
      patience: NONE,
      onDropped: () => {},
    });

    stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    void tee.write(Buffer.from('a'));
    await tee.flushed();

    expect(stream.destroyed).toBe(true);
  });

  it('leaves out what waits when it is given up, and goes on with what comes then', async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    let leftOutBytes = 0;
    const tee = createTee(streamTarget(stream), {
      maxWaitingBytes: 1024 * 1024,
      patience: NONE,
      onDropped: (bytes) => (leftOutBytes += bytes),
    });
    const large = Buffer.alloc(200_000, 'a');

    for (const chunk of [large, large, large]) void tee.write(chunk);
    tee.giveUp();
    void tee.write(Buffer.from('last words'));
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await tee.flushed();

    expect(leftOutBytes).toBe(400_000);
    expect(Buffer.concat(chunks).toString()).toBe(`${large.toString()}last words`);
  });

  it('is byte-exact in a file, whatever the order of completion', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'log-drain-copy-'));
    const fd = openSync(join(dir, 'out'), 'w');
    const tee = createTee(fdTarget(fd, systemClock), {
      maxWaitingBytes: 16 * 1024 * 1024,
      patience: NONE,
      onDropped: () => {},
    });
    const chunks = Array.from({ length: 200 }, (_, at) => Buffer.alloc(1 + at * 50, at));

    for (const chunk of chunks) void tee.write(chunk);
    await tee.flushed();

    closeSync(fd);
    expect(readFileSync(join(dir, 'out')).equals(Buffer.concat(chunks))).toBe(true);
    rmSync(dir, { recursive: true });
  });
});
