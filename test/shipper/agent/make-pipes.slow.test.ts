import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/base/clock.ts';
import { STDERR, STDOUT } from '../../../shared/record/format.ts';
import { makePipes } from '../../../shipper/agent/make-pipes.ts';
import { useShipper } from '../../helpers/shipper/fixture.ts';
import { agentLines } from '../../helpers/shipper/process.ts';

const BY_NAME = ['/bin/sh', '-c', 'echo out > /dev/stdout; echo err > /dev/stderr; exit 3'];

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'log-drain-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true }));

describe('pipes for an agent', () => {
  it('are made without mkfifo and without a folder, empty and apart', () => {
    const ends = makePipes({ PATH: bin, HOME: '/no/such/folder' }, systemClock);
    if (ends === undefined) throw new Error('no pipes were made');
    const { readFds, writeFds } = ends;

    const isEmpty = (): readonly boolean[] => readFds.map((fd) => !canBeRead(fd));
    const before = isEmpty();
    writeFds.forEach((fd, at) => writeSync(fd, `to ${at}`));
    const read = readFds.map((fd) => readText(fd));
    for (const fd of writeFds) closeSync(fd);

    expect(before).toEqual([true, true]);
    expect(read).toEqual(['to 0', 'to 1']);
    // Nobody else has them: this is their end.
    expect(readFds.map((fd) => readText(fd))).toEqual(['', '']);
    for (const fd of readFds) closeSync(fd);
  });
});

function canBeRead(fd: number): boolean {
  try {
    readSync(fd, Buffer.alloc(1));
    return true;
  } catch {
    return false;
  }
}

function readText(fd: number): string {
  const buffer = Buffer.alloc(100);
  return buffer.toString('utf8', 0, readSync(fd, buffer));
}

describe('an agent that opens its output by name', () => {
  const world = useShipper();

  const run = (env: Readonly<Record<string, string>>, through: readonly string[] = []) =>
    world.start({ args: ['run', '--', ...BY_NAME], env, through });

  const expectBoth = (): void => {
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['out']);
    expect(agentLines(world.kinesis, STDERR)).toEqual(['err']);
  };

  it.each([
    ['a folder for temporary files', { TMPDIR: '/no/such/folder' }],
    ['mkfifo', { PATH: '/no/such/folder' }],
    ['either', { PATH: '/no/such/folder', TMPDIR: '/no/such/folder' }],
  ])('can do so without %s', async (_, env) => {
    const shipper = run(env);

    expect(await shipper.ended).toBe(3);
    expectBoth();
    expect(shipper.stderr()).toBe('err\n');
  });

  it('has its own settings for Python and the loader, which are not for the programs that help us', async () => {
    const marker = join(world.dir, 'loaded');
    mkdirSync(join(world.dir, 'python'));
    writeFileSync(
      join(world.dir, 'python', 'fcntl.py'),
      `open(${JSON.stringify(marker)}, 'a').write('python')`,
    );
    writeFileSync(
      join(world.dir, 'Bad.pm'),
      `package Bad; open(my $f, '>>', ${JSON.stringify(marker)}); print $f 'perl'; 1;`,
    );
    const env = {
      PYTHONPATH: join(world.dir, 'python'),
      PERL5OPT: '-MBad',
      PERL5LIB: world.dir,
      MARKER: marker,
    };
    const script = 'until [ -e "$1" ] || [ $((i += 1)) -gt 20 ]; do sleep 0.05; done; [ -e "$1" ]; echo $?';
    const shipper = world.start({ args: ['run', '--', 'sh', '-c', script, 'sh', marker], env });

    await shipper.ended;

    expect(shipper.stdout()).toBe('1\n');
  });

  describe.runIf(spawnSync('unshare', ['-m', 'true']).status === 0)(
    'with nothing that can be written',
    () => {
      const READ_ONLY =
        'mount --bind -o ro / / && for m in /tmp /dev/shm /var/tmp /run; do ' +
        'mount --bind $m $m && mount -o remount,bind,ro $m; done; ';
      const view = (more: string) => ['unshare', '-m', 'sh', '-c', `${READ_ONLY}${more} exec "$@"`, 'sh'];

      it('can do so', async () => {
        const shipper = run({}, view(''));

        expect(await shipper.ended).toBe(3);
        expectBoth();
        expect(shipper.stderr()).toBe('err\n');
      });

      it('can do so as another user', async () => {
        const shipper = world.start({
          args: ['run', '--', 'setpriv', '--reuid=65534', '--clear-groups', ...BY_NAME],
          through: view(''),
        });

        expect(await shipper.ended).toBe(3);
        expectBoth();
      });

      it('is told that it cannot where no way is left', async () => {
        // By /proc the pipes of another process are reached.
        const shipper = run({}, view('mount -t tmpfs none /proc; export PATH=/no/such/folder;'));

        expect(await shipper.ended).toBe(3);
        expect(shipper.stderr()).toMatch(
          /^log-drain: the command cannot open \/dev\/stdout and \/dev\/stderr by their names \(ENXIO\), since/,
        );
        expect(shipper.stderr().match(/log-drain:/g)).toHaveLength(1);
      });
    },
  );
});
