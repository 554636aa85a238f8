import type { Compressor } from '../../shared/record/compressor.ts';
import { STDOUT } from '../../shared/record/format.ts';
import { createBudget } from '../../shipper/base/patience.ts';
import { createPipeline, type Pipeline } from '../../shipper/pipeline.ts';
import { HEARTBEAT_MS } from '../../shipper/protocol/messages.ts';
import type { PutRecords } from '../../shipper/sender/kinesis/client.ts';
import { createSender } from '../../shipper/sender/sender.ts';
import type { SenderChild, SenderChildOptions } from '../../shipper/sender-process/child.ts';
import { createProcess, type Process } from '../time/process.ts';
import type { WatchedStream } from './stream.ts';
import type { World } from './world.ts';

/** Who the shipper of one boot is. */
export interface Boot {
  readonly agent: string;
  readonly worker: string;
  readonly boot: string;
  /** Bytes of records that may wait for Kinesis. */
  readonly bufferBytes: number;
}

/** One start of a shipper: its main process, and a sender that crashes and comes again. */
export interface SimulatedShipper {
  readonly write: (text: string) => void;
  /** No room: the agent waits. */
  readonly isFull: () => boolean;
  /** The agent has ended: what is left is sent. */
  readonly finish: () => void;
  readonly unsentLines: () => number;
  readonly droppedLines: () => number;
}

/** `--max-wait`, its default. */
const MAX_WAIT_MS = 1_000;
const RAW_BYTES = 32 * 1024 * 1024;
const MAX_LINE_BYTES = 256 * 1024;
/** A call that is not answered (`shipper/sender/kinesis/client.ts`). */
const CALL_TIMEOUT_MS = 5_000;

export function startShipper(world: World, stream: WatchedStream, who: Boot): SimulatedShipper {
  const random = world.random.fork(`shipper ${who.boot}`);
  const main = createProcess(world.timeline, random);
  const { clock } = main;
  let isFull = false;
  const pipeline: Pipeline = createPipeline({
    identity: { agentId: who.agent, workerId: who.worker, boot: who.boot },
    stream: { name: 'simulated', arn: undefined, region: undefined },
    startSender: (options) => startSender(world, { stream, main }, options),
    clock,
    rawBytes: RAW_BYTES,
    bufferBytes: who.bufferBytes,
    whenFull: 'auto',
    networkPatience: createBudget(MAX_WAIT_MS, clock),
    spool: undefined,
    log: () => undefined,
    onFull: (full) => {
      isFull = full;
    },
    maxLineBytes: MAX_LINE_BYTES,
    events: true,
    createCompressor: () => createPlainCompressor(main, random.next),
  });
  return {
    write: (text) => pipeline.write(STDOUT, Buffer.from(`${text}\n`)),
    isFull: () => isFull,
    finish: () => {
      pipeline.end(STDOUT);
      pipeline.finish();
    },
    unsentLines: pipeline.unsentLines,
    droppedLines: pipeline.droppedLines,
  };
}

/** Takes as long as a thread pool may, and leaves the bytes as they are: what is not compressed is a record too. */
function createPlainCompressor({ call }: Process, random: () => number): Compressor {
  return (payload) => {
    const copy = Buffer.from(payload);
    return call({ thereMs: random() * 5, backMs: 0 }, () => copy);
  };
}

/** Messages between processes arrive late, but in their order. */
function inOrder<T>(to: Process, deliver: (message: T) => void): (message: T) => void {
  const underWay: T[] = [];
  return (message) => {
    underWay.push(message);
    to.clock.after(0, () => deliver(underWay.shift() as T));
  };
}

/** The sender's process. What the parent is told by heartbeats is left out: they would be most of what happens. */
function startSender(
  world: World,
  { stream, main }: { readonly stream: WatchedStream; readonly main: Process },
  { task, onMessage, onExit }: SenderChildOptions,
): SenderChild {
  const { timeline, conditions } = world;
  const random = world.random.fork(`sender ${timeline.steps()}`);
  const process = createProcess(timeline, random);
  const { clock } = process;
  const exit = (code: number): void => {
    if (process.isDead()) return;
    process.kill();
    main.clock.after(1, () => onExit(`code ${code}`));
  };
  const sender = createSender({
    task,
    clock: { ...clock, every: (ms, run) => (ms === HEARTBEAT_MS ? NEVER : clock.every(ms, run)) },
    createPutRecords: () => putRecordsTo(world, stream, process),
    send: inOrder(main, onMessage),
    exit,
  });
  const records = inOrder(process, sender.add);
  clock.after(random.between(30, 200), () => void sender.start());
  const mayCrash = (): void => {
    const crashes = conditions.shared('sender-crashes');
    if (crashes !== undefined && random.chance(0.05 + crashes.degree * 0.3)) exit(1);
  };
  return {
    send: ({ id, lines, data }) => {
      records({ id, lines, data: Buffer.from(data) });
      clock.after(random.between(0, 60), mayCrash);
    },
    hurry: sender.hurry,
    kill: () => process.kill(),
  };
}

const NEVER = { cancel: (): void => undefined, unref: (): void => undefined };

/** PutRecords as Kinesis and the network have it. */
function putRecordsTo(world: World, stream: WatchedStream, process: Process): PutRecords {
  const { conditions, timeline } = world;
  const random = world.random.fork(`put ${timeline.steps()}`);
  const failed = { kind: 'failed', reason: 'Kinesis cannot be reached', passes: true } as const;
  return async (records) => {
    const down = conditions.shared('kinesis-down');
    if (down !== undefined) {
      await process.clock.sleep(down.degree < 0.5 ? 20 : CALL_TIMEOUT_MS);
      return failed;
    }
    const forgetful = conditions.shared('kinesis-forgetful');
    const isForgotten = forgetful !== undefined && random.chance(0.1 + forgetful.degree * 0.5);
    const ways = {
      thereMs: random.between(5, 25),
      backMs: isForgotten ? CALL_TIMEOUT_MS : random.between(5, 25),
    };
    const refused = await process.call(ways, () => {
      const throttled = conditions.shared('kinesis-throttled');
      const places = records.flatMap((record, at) => {
        if (throttled !== undefined && random.chance(0.2 + throttled.degree * 0.7)) return [at];
        return stream.put(record) === 'stored' ? [] : [at];
      });
      stream.announce();
      return places;
    });
    return isForgotten ? failed : { kind: 'answered', failed: refused };
  };
}
