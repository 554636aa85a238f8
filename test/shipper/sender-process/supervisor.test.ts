import { describe, expect, it } from 'vitest';
import type { SenderTask } from '../../../shipper/protocol/messages.ts';
import { createSpooledRecords } from '../../../shipper/queue/spooled-records.ts';
import { createUnsentRecords } from '../../../shipper/queue/unsent-records.ts';
import { createSender } from '../../../shipper/sender/sender.ts';
import type { SenderChildOptions, StartSender } from '../../../shipper/sender-process/child.ts';
import { createSupervisor } from '../../../shipper/sender-process/supervisor.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

const STREAM = { name: 'agent-logs', arn: undefined, region: undefined };

/** The delivery of records in simulated time; each sender runs in this process, in front of a Kinesis of the test's. */
function setUp() {
  const clock = createSimulatedClock();
  const delivered: string[] = [];
  const tasks: { readonly atMs: number; readonly task: SenderTask }[] = [];
  const reasons: (string | undefined)[] = [];
  const kinesis = { reason: undefined as string | undefined, calls: 0 };
  const faults = { crashesAtStart: 0 };
  let current: { readonly options: SenderChildOptions; running: boolean } | undefined;

  const startSender: StartSender = (options) => {
    const life = { options, running: true };
    current = life;
    tasks.push({ atMs: clock.now(), task: options.task });
    if (faults.crashesAtStart > 0) {
      faults.crashesAtStart -= 1;
      queueMicrotask(() => options.onExit('code 1'));
    }
    const sender = createSender({
      task: options.task,
      clock,
      createPutRecords: () => async (records) => {
        kinesis.calls += 1;
        await clock.sleep(10);
        if (!life.running) return { kind: 'failed', reason: 'crashed', passes: false };
        if (kinesis.reason !== undefined) return { kind: 'failed', reason: kinesis.reason, passes: false };
        delivered.push(...records.map(({ data }) => data.toString()));
        return { kind: 'answered', failed: [] };
      },
      send: (message) => queueMicrotask(() => life.running && options.onMessage(message)),
      exit: () => {},
    });
    void sender.start();
    return {
      send: (record) => sender.add({ ...record, data: Buffer.from(record.data) }),
      hurry: sender.hurry,
      kill: () => {
        life.running = false;
      },
    };
  };

  const unsent = createUnsentRecords({ maxBytes: 1024 ** 2, onLost: () => {} });
  const supervisor = createSupervisor({
    startSender,
    task: { stream: STREAM, partitionKey: 'W1' },
    clock,
    unsent,
    spooled: createSpooledRecords({ unsent, log: () => {}, onLost: () => {}, onEarlierLost: () => {} }),
    onProgress: () => {},
    onTrouble: (trouble) => reasons.push(trouble?.isLong === false ? 'not told' : trouble?.reason),
    onExit: () => {},
    onReady: () => {},
  });

  let nextSeq = 0;
  const add = (): void => {
    unsent.add({ seq: nextSeq, lines: 1, data: Buffer.from(`record ${nextSeq}`) });
    nextSeq += 1;
    supervisor.wake();
  };
  const crash = (): void => {
    if (current === undefined) return;
    current.running = false;
    current.options.onExit('SIGKILL');
  };
  return { clock, add, crash, faults, supervisor, unsent, kinesis, delivered, tasks, reasons };
}

describe('the supervisor of the sender', () => {
  it('starts a crashed sender again, later each time, and no record is lost', async () => {
    const { clock, add, faults, unsent, delivered, tasks } = setUp();
    faults.crashesAtStart = 7;

    for (let count = 0; count < 7; count += 1) add();
    await clock.advance(120_000);

    const waits = tasks.map(({ atMs }, at) => atMs - (tasks[at - 1]?.atMs ?? 0));
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(delivered).toEqual(Array.from({ length: 7 }, (_, seq) => `record ${seq}`));
    expect(unsent.lines()).toBe(0);
  });

  it('hands over again, in order, what a crashed sender had not delivered', async () => {
    const { clock, add, crash, kinesis, unsent, delivered } = setUp();
    kinesis.reason = 'no network';
    for (let count = 0; count < 3; count += 1) add();
    await clock.advance(100);

    crash();
    kinesis.reason = undefined;
    await clock.advance(10_000);

    expect(delivered).toEqual(['record 0', 'record 1', 'record 2']);
    expect(unsent.lines()).toBe(0);
  });

  it('has records sent one by one after two crashes in a row, and not after a success between them', async () => {
    const { clock, add, crash, kinesis, tasks } = setUp();

    add();
    await clock.advance(100);
    crash();
    await clock.advance(10_000);
    add();
    await clock.advance(100);
    kinesis.reason = 'no network';
    for (let crashes = 0; crashes < 2; crashes += 1) {
      add();
      await clock.advance(100);
      crash();
      await clock.advance(10_000);
    }

    expect(tasks.map(({ task }) => task.oneByOne)).toEqual([false, false, false, true]);
  });

  it('waits no longer than a second for a crashed sender when time runs out', async () => {
    const { clock, add, crash, supervisor, kinesis, tasks } = setUp();
    kinesis.reason = 'no network';
    add();
    supervisor.hurry();

    for (let crashes = 0; crashes < 4; crashes += 1) {
      await clock.advance(100);
      crash();
      await clock.advance(1_000);
    }

    expect(tasks.map(({ atMs }) => atMs)).toEqual([0, 1_100, 2_200, 3_300, 4_400]);
  });

  it('delivers all records in order after an outage of a day, during which it keeps trying', async () => {
    const { clock, add, kinesis, delivered, reasons } = setUp();
    kinesis.reason = 'Kinesis answers 503';

    for (let hour = 0; hour < 24; hour += 1) {
      add();
      await clock.advance(3_600_000);
    }
    const duringOutage = [delivered.length, kinesis.calls > 24 * 300];
    kinesis.reason = undefined;
    await clock.advance(20_000);

    expect(duringOutage).toEqual([0, true]);
    expect(delivered).toEqual(Array.from({ length: 24 }, (_, seq) => `record ${seq}`));
    expect(reasons).toEqual(['not told', 'Kinesis answers 503', undefined]);
  });

  it('starts no sender any more once it is stopped', async () => {
    const { clock, add, crash, supervisor, tasks } = setUp();
    add();
    await clock.advance(100);

    crash();
    supervisor.stop();
    await clock.advance(60_000);

    expect(tasks).toHaveLength(1);
  });
});
