import { describe, expect, it } from 'vitest';
import type { AgentRunEnd } from '../../local/agent-run.ts';
import { type Conclusion, exitCodeOf, wordsOf } from '../../local/conclusion.ts';
import type { DestinationResult } from '../../local/result.ts';

const DONE: DestinationResult = {
  received: 5,
  delivered: 5,
  parked: 0,
  duplicates: 0,
  lost: 0,
  latency_ms: { p50: 1, p99: 1 },
};
const ENDED: AgentRunEnd = { dropped: 0, unsent: 0, exitCode: 0, signal: null };

interface Given extends Partial<Omit<Conclusion, 'result' | 'stopping'>> {
  readonly datadog?: Partial<DestinationResult>;
  readonly syslog?: Partial<DestinationResult>;
  readonly lines?: number;
  readonly stops?: number;
}

function conclusion({ datadog, syslog, lines = 3, stops = 0, ...rest }: Given): Conclusion {
  return {
    result: {
      lines: { stdout: lines, stderr: 0, events: 2 },
      destinations: { datadog: { ...DONE, ...datadog }, syslog: { ...DONE, ...syslog } },
    },
    shipper: ENDED,
    hasStarted: true,
    isCommand: true,
    stopping: { isStopped: () => stops > 0, isHurried: () => stops > 1 },
    ...rest,
  };
}

const SAMPLE = { isCommand: false };
const OPEN = { datadog: { on_the_way: 2 } };

describe('the end of local', () => {
  it.each<[string, Given, number, readonly string[]]>([
    ['a command that ended well', {}, 0, []],
    ['a command that failed', { shipper: { ...ENDED, exitCode: 3 } }, 0, ['the command ended with code 3']],
    [
      'a command that was killed',
      { shipper: { ...ENDED, exitCode: 137, signal: 'SIGKILL' } },
      0,
      ['the command ended by SIGKILL'],
    ],
    [
      'a command that wrote nothing',
      { lines: 0 },
      0,
      ['the command wrote nothing to stdout or stderr; does it log elsewhere?'],
    ],
    [
      'a command that was not found, which the shipper tells',
      { lines: 0, hasStarted: false, shipper: { ...ENDED, exitCode: 127 } },
      127,
      [],
    ],
    [
      'a command that is not executable',
      { lines: 0, hasStarted: false, shipper: { ...ENDED, exitCode: 126 } },
      126,
      [],
    ],
    [
      'a shell that found no command',
      { lines: 1, shipper: { ...ENDED, exitCode: 127 } },
      0,
      ['the command ended with code 127'],
    ],
    ['lost lines', { datadog: { lost: 1 } }, 1, []],
    ['lost lines after Ctrl-C', { ...SAMPLE, stops: 1, datadog: { lost: 1 } }, 1, []],
    [
      'a shipper that died',
      { shipper: 'said-nothing' },
      1,
      ['the shipper ended without a word, and the command with it'],
    ],
    ['Ctrl-C', { ...SAMPLE, stops: 1 }, 0, []],
    ['Ctrl-C for a command that then failed', { stops: 1, shipper: { ...ENDED, exitCode: 130 } }, 0, []],
    [
      'Ctrl-C before the sample agent ran',
      { ...SAMPLE, stops: 1, shipper: 'never-started', hasStarted: false, lines: 0 },
      0,
      ['the sample agent was stopped before it had started'],
    ],
    [
      'Ctrl-C before the command ran',
      { stops: 1, shipper: 'never-started', hasStarted: false, lines: 0 },
      1,
      ['the command was stopped before it had started'],
    ],
    [
      'Ctrl-C that met the shipper before it had started the command',
      { stops: 1, shipper: 'said-nothing', hasStarted: false, lines: 0 },
      1,
      ['the command was stopped before it had started'],
    ],
    [
      'Ctrl-C, and not all lines got through in time',
      { ...SAMPLE, ...OPEN, stops: 1 },
      0,
      ['still on their way to datadog: 2 lines'],
    ],
    [
      'a command that was stopped, and not all lines got through in time',
      { ...OPEN, syslog: { on_the_way: 1 }, stops: 1 },
      1,
      ['still on their way to datadog: 2 lines, syslog: 1 line'],
    ],
    [
      'a second Ctrl-C',
      { ...SAMPLE, ...OPEN, syslog: { on_the_way: 2 }, stops: 2, shipper: 'was-cut-off' },
      1,
      ['ended at once, as you asked', 'still on their way to both destinations: 2 lines'],
    ],
    ['a second Ctrl-C when all had got through', { ...SAMPLE, stops: 2 }, 0, ['ended at once, as you asked']],
  ])('%s', (_, ...[given, code, words]) => {
    expect([exitCodeOf(conclusion(given)), wordsOf(conclusion(given))]).toEqual([code, words]);
  });
});
