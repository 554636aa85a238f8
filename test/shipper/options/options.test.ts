import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShipperOptions } from '../../../shipper/options/options.ts';
import { parseBytes, parseDurationMs } from '../../../shipper/options/quantities.ts';

describe('the options of run and ship', () => {
  it('have the defaults that the help names', () => {
    const run = parseShipperOptions('run', ['--', 'python', '--version'], { LOG_DRAIN_STREAM: 's' });
    const ship = parseShipperOptions('ship', [], {});

    expect(run).toEqual({
      kind: 'options',
      options: {
        command: ['python', '--version'],
        agentId: undefined,
        workerId: undefined,
        config: 'livekit.toml',
        stream: 's',
        tee: true,
        whenTeeFull: 'auto',
        agentEnv: true,
        events: true,
        whenFull: 'auto',
        maxWaitMs: 1_000,
        bufferBytes: undefined,
        spool: undefined,
        spoolBytes: 1024 ** 3,
        maxLineBytes: 256 * 1024,
        lingerMs: 2_000,
        drainTimeoutMs: 10_000,
        graceMs: 10_000,
        summaryFile: undefined,
        messagesFile: undefined,
      },
      streamIsGiven: false,
      passedOver: [],
    });
    expect(ship).toMatchObject({
      options: { command: [], tee: false, whenFull: 'block', stream: undefined },
    });
  });

  it('are all read', () => {
    const argv =
      '--agent-id A --worker-id=W --config f --stream s --no-tee --no-env --no-events --when-full block ' +
      '--buffer-bytes 2MiB --max-line-bytes 900KiB --linger 500ms --drain-timeout 2m --grace 30s --max-wait 3s ' +
      '--summary-file out --messages-file /tmp/messages --when-tee-full block --spool /tmp/spool --spool-bytes 2GiB -- x';

    expect(parseShipperOptions('run', argv.split(' '), { LOG_DRAIN_STREAM: 'other' })).toEqual({
      kind: 'options',
      options: {
        command: ['x'],
        agentId: 'A',
        workerId: 'W',
        config: 'f',
        stream: 's',
        tee: false,
        whenTeeFull: 'block',
        agentEnv: false,
        events: false,
        whenFull: 'block',
        bufferBytes: 2 * 1024 * 1024,
        spool: '/tmp/spool',
        spoolBytes: 2 * 1024 ** 3,
        maxLineBytes: 900 * 1024,
        lingerMs: 500,
        drainTimeoutMs: 120_000,
        graceMs: 30_000,
        maxWaitMs: 3_000,
        summaryFile: 'out',
        messagesFile: '/tmp/messages',
      },
      streamIsGiven: true,
      passedOver: [],
    });
  });

  it.each([
    ['run', '--colour -- x', 'unknown option --colour'],
    ['run', 'python agent.py', 'unexpected "python": the command goes after --'],
    ['run', '--no-tee', 'no command: put it after --'],
    ['run', '--agent-id -- x', '--agent-id needs a value'],
    ['run', '--no-tee=1 -- x', '--no-tee takes no value'],
    ['run', '--linger soon -- x', '--linger must be a duration as 10, 10s, 500ms or 2m (got "soon")'],
    ['run', '--when-full wait -- x', '--when-full must be one of auto, drop, block (got "wait")'],
    ['run', '--max-line-bytes 1MiB -- x', '--max-line-bytes must be 1024 to 921600 bytes'],
    ['run', '--buffer-bytes 1k -- x', '--buffer-bytes must be at least 2097152 bytes'],
    ['ship', '--no-tee', 'unknown option --no-tee'],
    ['ship', '-- cat', 'ship takes no command'],
  ] as const)('%s %s is refused', (command, argv, problem) => {
    const parsed = parseShipperOptions(command, argv.split(' '), {});

    expect(parsed).toEqual({ kind: 'usage', problem: expect.stringContaining(problem) });
  });

  it('show help wherever it is asked for, but not when the agent is', () => {
    expect(parseShipperOptions('run', ['--help'], {}).kind).toBe('help');
    expect(parseShipperOptions('ship', ['-h', '--nonsense'], {}).kind).toBe('help');
    expect(parseShipperOptions('run', ['--', 'x', '--help'], {}).kind).toBe('options');
  });
});

describe('durations and sizes', () => {
  it.each([
    ['10', 10_000],
    ['1.5s', 1_500],
    ['250ms', 250],
    ['2m', 120_000],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    ['1048576', 1_048_576],
    ['1MiB', 1_048_576],
    ['1m', 1_048_576],
    ['2KB', 2_048],
    ['1G', 1_073_741_824],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it('never come out of other text as anything but a safe number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const value of [parseDurationMs(text), parseBytes(text)]) {
          expect(value === undefined || (Number.isSafeInteger(value) && value >= 0)).toBe(true);
        }
      }),
    );
  });
});
