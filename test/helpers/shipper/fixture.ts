import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type FakeKinesis, startFakeKinesis } from '../aws/fake-kinesis.ts';
import { useBuiltCli } from '../built-cli.ts';
import { type RunningShipper, type ShipperRun, startShipper } from './process.ts';

/** What tests of the built shipper work with; all but the command is the running test's own. */
export interface ShipperFixture {
  /** Path of the built command. */
  readonly entry: string;
  readonly kinesis: FakeKinesis;
  /** A folder, empty at first. */
  readonly dir: string;
  /** Starts the command in front of the fake; it is killed if it outlives the test. */
  readonly start: (run: Omit<ShipperRun, 'entry' | 'kinesis'>) => RunningShipper;
}

/** Has the command built once for the tests of a file, and the rest made and removed for each. */
export function useShipper(): ShipperFixture {
  const cli = useBuiltCli();
  let kinesis: FakeKinesis;
  let dir: string;
  let shippers: RunningShipper[];

  beforeEach(async () => {
    kinesis = await startFakeKinesis();
    dir = await mkdtemp(join(tmpdir(), 'log-drain-shipper-'));
    shippers = [];
  });
  afterEach(async () => {
    for (const { child } of shippers) child.kill('SIGKILL');
    await Promise.all(shippers.map(({ ended }) => ended));
    await kinesis.close();
    await rm(dir, { recursive: true });
  });

  return {
    get entry() {
      return cli.entry;
    },
    get kinesis() {
      return kinesis;
    },
    get dir() {
      return dir;
    },
    start: (run) => {
      const shipper = startShipper({ entry: cli.entry, kinesis, ...run });
      shippers.push(shipper);
      return shipper;
    },
  };
}
