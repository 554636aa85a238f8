import { textOf } from '../ledger/lines.ts';
import type { Random } from '../time/random.ts';
import { type SimulatedShipper, startShipper } from './shipper.ts';
import type { WatchedStream } from './stream.ts';
import type { World } from './world.ts';

/** What all workers of a simulation have in common. */
export interface WorkerOptions {
  readonly world: World;
  readonly stream: WatchedStream;
  readonly random: Random;
  /** Bytes of records that may wait for Kinesis in each shipper. */
  readonly bufferBytes: number;
  /** Of a long line. */
  readonly longBytes: number;
  /** Told of each start of a shipper. */
  readonly onBoot: (boot: string, shipper: SimulatedShipper) => void;
}

/** One replica of an agent: its process goes on, its shipper may start anew. */
export interface Worker {
  readonly agent: string;
  /** Writes so many lines, unless the shipper has no room. */
  readonly write: (lines: number) => void;
  readonly restart: () => void;
  readonly finish: () => void;
}

const BAD_SHARE = 0.1;
const LONG_SHARE = 0.01;

export function createWorker(agent: string, name: string, options: WorkerOptions): Worker {
  const { world, stream, random, bufferBytes, longBytes, onBoot } = options;
  const { conditions, ledger } = world;
  let boots = 0;
  let boot = '';
  let shipper = start();

  function start(): SimulatedShipper {
    boot = `${name}b${boots}`;
    boots += 1;
    const started = startShipper(world, stream, { agent, worker: name, boot, bufferBytes });
    onBoot(boot, started);
    return started;
  }

  function nature(): 'plain' | 'bad' | 'long' {
    const isMinded = conditions.of(agent, 'bad-lines') ?? conditions.of(agent, 'named-bad-lines');
    if (isMinded !== undefined && random.chance(BAD_SHARE)) return 'bad';
    return random.chance(LONG_SHARE) ? 'long' : 'plain';
  }

  return {
    agent,
    write: (lines) => {
      if (shipper.isFull()) return;
      for (let i = 0; i < lines; i += 1)
        shipper.write(textOf(ledger.write({ agent, worker: name, boot, nature: nature() }), longBytes));
    },
    restart: () => {
      shipper.finish();
      shipper = start();
    },
    finish: () => shipper.finish(),
  };
}
