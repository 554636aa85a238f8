import { describe, expect, it } from 'vitest';
import type { ShipperCommand } from '../../../shipper/options/options.ts';
import { readSettings, type Settings } from '../../../shipper/options/settings.ts';

type Env = Readonly<Record<string, string>>;

function settings(args: readonly string[], env: Env, toml?: string): Settings {
  const [command, ...argv] = args;
  return readSettings({
    command: command as ShipperCommand,
    argv,
    env,
    hostname: 'host',
    randomSuffix: () => 'a1b2c3',
    readText: () => toml,
  });
}

const RUN = ['run', '--', 'agent', '--flag'];
const COMMAND = ['agent', '--flag'];
const GOOD = { LOG_DRAIN_STREAM: 'agent-logs', LOG_DRAIN_AGENT_ID: 'CA_x', LOG_DRAIN_WORKER_ID: 'W1' };
const NOTHING_IS_SENT = /; until that is set right, nothing is sent$/;

describe('what run and ship are to do', () => {
  it('is to send, where all is known', () => {
    expect(settings(RUN, GOOD)).toMatchObject({
      kind: 'send',
      agentId: 'CA_x',
      workerId: 'W1',
      stream: { name: 'agent-logs' },
      options: { command: COMMAND },
      env: GOOD,
      notes: [],
    });
  });

  it('is to send, where variables can be made good, and to say so once each', () => {
    const env = { LOG_DRAIN_STREAM: 'agent-logs\r\n', AGENT_ID: 'my agent', WORKER_ID: 'celery:1\n' };

    expect(settings(RUN, env)).toMatchObject({
      kind: 'send',
      agentId: 'my_agent',
      workerId: 'celery_1',
      stream: { name: 'agent-logs' },
      env: { LOG_DRAIN_STREAM: 'agent-logs', WORKER_ID: 'celery:1' },
      notes: [
        'LOG_DRAIN_STREAM, WORKER_ID: white space at the ends of the value is left out; set them without',
        'AGENT_ID is no agent id: lines are sent as those of my_agent',
        'WORKER_ID is no worker id: lines are sent as those of celery_1',
      ],
    });
  });

  it.each([
    ['LOG_DRAIN_STREAM', { ...GOOD, LOG_DRAIN_STREAM: 'a b-s3cret' }],
    ['LOG_DRAIN_AGENT_ID', { ...GOOD, LOG_DRAIN_AGENT_ID: 'a b-s3cret' }],
    ['LIVEKIT_AGENT_ID', { LOG_DRAIN_STREAM: 's', LIVEKIT_AGENT_ID: 'a b-s3cret' }],
  ])('is to run without us, where %s cannot be read, and to say so without its value', (name, env) => {
    const read = settings(RUN, env);

    expect(read).toEqual({
      kind: 'without-us',
      command: COMMAND,
      note: expect.stringContaining(`${name} is `),
    });
    expect(read).toMatchObject({ note: expect.stringMatching(NOTHING_IS_SENT) });
    expect(JSON.stringify(read)).not.toContain('s3cret');
    expect(settings(['ship'], env)).toMatchObject({ kind: 'usage', problem: expect.stringContaining(name) });
  });

  it('is to run without us, where livekit.toml cannot be read', () => {
    expect(settings(RUN, { LOG_DRAIN_STREAM: 's' }, '[agent]\nid = "a b"\n')).toMatchObject({
      kind: 'without-us',
      note: expect.stringContaining('livekit.toml'),
    });
  });

  it.each([
    ['--stream', ['run', '--stream', 'a b', '--', 'agent'], GOOD],
    ['--agent-id', ['run', '--agent-id', 'a b', '--', 'agent'], GOOD],
    ['--worker-id', ['run', '--worker-id', 'a b', '--', 'agent'], GOOD],
    ['no agent id', RUN, { LOG_DRAIN_STREAM: 's' }],
    ['no Kinesis stream', RUN, { LOG_DRAIN_AGENT_ID: 'CA_x' }],
    ['no command', ['run'], { ...GOOD, LOG_DRAIN_OFF: '1' }],
    ['LOG_DRAIN_OPTIONAL must be 1 or 0', RUN, { LOG_DRAIN_AGENT_ID: 'CA_x', LOG_DRAIN_OPTIONAL: 'maybe' }],
  ])('is nothing but to tell of %s', (words, args, env) => {
    const read = settings(args, env);

    expect(read.kind).toBe('usage');
    const problem = read.kind === 'usage' ? read.problem : '';
    expect(problem).toContain(words === '--stream' ? '"a b" is neither' : words);
  });

  it('is to tell of a wrong flag, even where a variable is wrong too', () => {
    expect(settings(['run', '--worker-id', ':', '--', 'x'], { LOG_DRAIN_STREAM: 'a b' })).toMatchObject({
      kind: 'usage',
      problem: expect.stringContaining('--worker-id'),
    });
  });

  it('is to run without us, and without a word, where LOG_DRAIN_OFF says so, whatever else is wrong', () => {
    const off = { LOG_DRAIN_OFF: 'true', LOG_DRAIN_STREAM: ' a b ' };

    expect(settings(['run', '--colour', '--', 'agent'], off)).toEqual({
      kind: 'without-us',
      command: ['agent'],
    });
    expect(settings(['ship'], off)).toEqual({ kind: 'without-us', command: [] });
    expect(settings(['run', '--help'], off)).toEqual({ kind: 'help' });
  });

  it('is to run without us, and without a word, where LOG_DRAIN_OPTIONAL=1 and there is no stream', () => {
    const optional = { LOG_DRAIN_OPTIONAL: '1', LOG_DRAIN_STREAM: '\n' };

    expect(settings(RUN, optional)).toEqual({ kind: 'without-us', command: COMMAND });
    expect(settings(['ship'], optional)).toEqual({ kind: 'without-us', command: [] });
    expect(settings(RUN, { ...GOOD, ...optional, LOG_DRAIN_STREAM: 's' }).kind).toBe('send');
  });

  it('is to run without us, and to say so, where LOG_DRAIN_OPTIONAL=1 and there is a stream without an agent id', () => {
    expect(settings(RUN, { LOG_DRAIN_OPTIONAL: '1', LOG_DRAIN_STREAM: 's' })).toEqual({
      kind: 'without-us',
      command: COMMAND,
      note: expect.stringMatching(/^no agent id: .*; until that is set right, nothing is sent$/),
    });
  });

  it('is to send, with a word on it, where LOG_DRAIN_OFF says neither yes nor no', () => {
    expect(settings(RUN, { ...GOOD, LOG_DRAIN_OFF: 'perhaps' })).toMatchObject({
      kind: 'send',
      notes: ['LOG_DRAIN_OFF must be 1 or 0, or true or false: it is passed over'],
    });
  });
});
