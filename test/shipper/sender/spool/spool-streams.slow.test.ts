import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeSpoolFile } from '../../../../shipper/sender/spool/spool-file.ts';
import { ACCEPT, DOWN, type FakeKinesis, startFakeKinesis } from '../../../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';
import { arrivedLines, killWithSender, type RunningShipper } from '../../../helpers/shipper/process.ts';

/** One receives the stream `one`, the other the stream `two`. */
const world = useShipper();
let other: FakeKinesis;
beforeEach(async () => {
  other = await startFakeKinesis();
});
afterEach(() => other.close());

const spool = (): string => join(world.dir, 'spool');

/** A shipper whose stdin stays open; all share the spool. */
function start(stream: string): RunningShipper {
  const kinesis = stream.endsWith('two') ? other : world.kinesis;
  return world.start({
    args: ['ship', '--stream', stream, '--spool', spool(), '--drain-timeout', '30s'],
    env: { AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint },
    stdin: { leftOpen: true },
  });
}

/** Writes the lines and its end. */
async function ends(shipper: RunningShipper, lines: readonly string[]): Promise<void> {
  shipper.child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
  expect(await shipper.ended).toBe(0);
}

/** Paths of all records' files in the spool. */
function files(): readonly string[] {
  if (!existsSync(spool())) return [];
  return readdirSync(spool(), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rec'))
    .map((name) => join(spool(), name));
}

const spooledLines = (): number =>
  files().reduce((sum, file) => sum + (decodeSpoolFile(readFileSync(file))?.lines ?? 0), 0);

const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${name} ${at}`);

/** Leaves lines of shippers that were killed in an outage of both streams, one for each pair of stream and name. */
async function leave(...left: readonly (readonly [stream: string, name: string])[]): Promise<void> {
  for (const kinesis of [world.kinesis, other]) kinesis.behave(DOWN);
  const before = spooledLines();
  const shippers = left.map(([stream, name]) => {
    const shipper = start(stream);
    shipper.child.stdin?.write(`${numbered(name, 500).join('\n')}\n`);
    return shipper;
  });
  await vi.waitFor(() => expect(spooledLines() - before).toBe(500 * left.length), 30_000);
  await Promise.all(shippers.map(killWithSender));
  for (const kinesis of [world.kinesis, other]) kinesis.behave(ACCEPT);
}

const textsAt = (kinesis: FakeKinesis): readonly string[] => arrivedLines(kinesis).map(({ text }) => text);

describe('a spool for two streams', () => {
  it('keeps what was left for one until a shipper for that stream starts, and says so to the other', async () => {
    await leave(['one', 'a']);

    const stranger = start('two');
    stranger.child.stdin?.write('b 0\n');
    await vi.waitFor(() => expect(stranger.stderr()).toContain('--stream one'), 30_000);
    await ends(stranger, ['b 1']);
    const heir = start('one');
    await ends(heir, ['c 0']);

    expect(stranger.stderr()).toMatch(
      /^log-drain: \d+ records? that earlier runs left in the spool are for another stream: start a shipper with --stream one and this --spool to send them\n$/,
    );
    expect(textsAt(other)).toEqual(['b 0', 'b 1']);
    expect(textsAt(world.kinesis)).toEqual([...numbered('a', 500), 'c 0']);
    expect(heir.stderr()).toMatch(
      /^log-drain: \d+ records that earlier runs left in the spool are sent first\n$/,
    );
    expect(files()).toEqual([]);
  }, 90_000);

  it('gives each its own when both were killed and both start again at once', async () => {
    await leave(['one', 'a'], ['two', 'b']);

    await Promise.all([ends(start('two'), ['d 0']), ends(start('one'), ['c 0'])]);

    expect(textsAt(world.kinesis)).toEqual([...numbered('a', 500), 'c 0']);
    expect(textsAt(other)).toEqual([...numbered('b', 500), 'd 0']);
    expect(files()).toEqual([]);
  }, 90_000);

  it('takes a name and an ARN that ends with it for one stream', async () => {
    await leave(['one', 'a']);

    await ends(start('arn:aws:kinesis:us-east-1:123456789012:stream/one'), ['c 0']);

    expect(textsAt(world.kinesis)).toEqual([...numbered('a', 500), 'c 0']);
  }, 90_000);

  it('leaves no line where a folder does not say its stream: whoever starts next takes them', async () => {
    await leave(['one', 'a']);
    for (const name of readdirSync(spool()))
      renameSync(join(spool(), name), join(spool(), name.replace(/@.*/, '')));

    await ends(start('two'), ['b 0']);

    expect(textsAt(other)).toEqual([...numbered('a', 500), 'b 0']);
    expect(files()).toEqual([]);
  }, 90_000);
});
