import { describe, expect, it } from 'vitest';
import type { SenderMessage } from '../../../shipper/protocol/messages.ts';
import type { CallOutcome } from '../../../shipper/sender/kinesis/put-loop.ts';
import { createTroubleReport } from '../../../shipper/sender/trouble-report.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

const THROTTLED = { reason: 'throttled', passes: true };
const NO_NETWORK = { reason: 'no network', passes: false };

/** A report whose calls the test makes; `said` has what the parent was told, as it would show it. */
function setUp() {
  const clock = createSimulatedClock();
  const said: string[] = [];
  const report = createTroubleReport(clock, (message: SenderMessage) => {
    if (message.kind === 'working') said.push('works');
    if (message.kind === 'failing')
      said.push(`${message.isLong ? '' : '('}${message.reason}${message.isLong ? '' : ')'}`);
  });
  const call = (outcome: Partial<CallOutcome> = {}): void =>
    report.onCall({
      failure: undefined,
      beganMs: clock.monotonic(),
      isBehind: outcome.failure !== undefined,
      ...outcome,
    });
  return { clock, report, call, said };
}

describe('trouble that may pass', () => {
  it('is told when it has lasted 5 s, although part of the records gets through', async () => {
    const { clock, call, said } = setUp();

    for (let ms = 0; ms < 5_000; ms += 500) {
      call({ failure: THROTTLED });
      call({ isBehind: true });
      await clock.advance(500);
    }

    expect(said).toEqual(['(throttled)', 'throttled']);
  });

  it('is told although no further call ends', async () => {
    const { clock, call, said } = setUp();

    call({ failure: THROTTLED });
    await clock.advance(5_000);

    expect(said).toEqual(['(throttled)', 'throttled']);
  });

  it('is not told when all that failed is delivered before', async () => {
    const { clock, call, said } = setUp();

    for (let times = 0; times < 20; times += 1) {
      call({ failure: THROTTLED });
      await clock.advance(2_000);
      call();
      await clock.advance(100);
    }

    expect(new Set(said)).toEqual(new Set(['(throttled)', 'works']));
  });

  it('is over when nothing has failed for 5 s, and not for a success in between', async () => {
    const { clock, call, said } = setUp();
    call({ failure: THROTTLED });
    await clock.advance(5_000);

    for (let times = 0; times < 5; times += 1) {
      call();
      await clock.advance(4_000);
      call({ failure: THROTTLED });
    }
    const meanwhile = [...said];
    call();
    await clock.advance(5_000);

    expect(meanwhile).toEqual(['(throttled)', 'throttled']);
    expect(said).toEqual([...meanwhile, 'works']);
  });

  it('is over at once when time is running out', async () => {
    const before = setUp();
    const after = setUp();
    for (const { clock, call } of [before, after]) {
      call({ failure: THROTTLED });
      await clock.advance(5_000);
    }

    before.report.hurry();
    before.call();
    after.call();
    after.report.hurry();

    expect(before.said.at(-1)).toBe('works');
    expect(after.said.at(-1)).toBe('works');
  });
});

describe('other trouble', () => {
  it('is told with the second call that fails, and over with the first that works', () => {
    const { call, said } = setUp();

    call({ failure: NO_NETWORK });
    call({ failure: NO_NETWORK });
    call();

    expect(said).toEqual(['(no network)', 'no network', 'works']);
  });

  it('is not told when calls that ran side by side have failed', async () => {
    const { clock, call, said } = setUp();
    await clock.advance(100);

    for (let at = 0; at < 4; at += 1) call({ failure: NO_NETWORK, beganMs: at });
    call();

    expect(said).toEqual(['(no network)', 'works']);
  });

  it('is told at once if the call had to wait for 5 s', async () => {
    const { clock, call, said } = setUp();
    await clock.advance(5_000);

    call({ failure: NO_NETWORK, beganMs: 0 });

    expect(said).toEqual(['no network']);
  });

  it('is not over as long as records that failed are not delivered', () => {
    const { call, said } = setUp();

    call({ failure: NO_NETWORK });
    call({ failure: NO_NETWORK });
    call({ isBehind: true });

    expect(said.at(-1)).toBe('no network');
  });

  it('is told with each new reason', () => {
    const { call, said } = setUp();

    call({ failure: NO_NETWORK });
    call({ failure: NO_NETWORK });
    call({ failure: THROTTLED });

    expect(said).toEqual(['(no network)', 'no network', 'throttled']);
  });
});

describe('a call that waits', () => {
  it('is noted, and told when it is long; then it takes one call that works to be over', () => {
    const { report, call, said } = setUp();

    report.onWaiting('no keys', false);
    report.onWaiting('no keys', true);
    call();

    expect(said).toEqual(['(no keys)', 'no keys', 'works']);
  });

  it('does not hide why others fail', () => {
    const { report, call, said } = setUp();

    call({ failure: THROTTLED });
    report.onWaiting('no answer yet', false);

    expect(said).toEqual(['(throttled)']);
  });

  it('is not told by itself as long as it is not long', async () => {
    const { clock, report, said } = setUp();

    report.onWaiting('no answer yet', false);
    await clock.advance(60_000);

    expect(said).toEqual(['(no answer yet)']);
  });
});

it('says once that all is well if there never was any trouble: the sender before may have had some', () => {
  const { call, said } = setUp();

  for (let times = 0; times < 3; times += 1) call();

  expect(said).toEqual(['works']);
});
