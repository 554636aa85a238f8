import { describe, expect, it } from 'vitest';
import { findAgentId, findWorkerId } from '../../../shipper/options/identity.ts';
import { agentIdFromToml } from '../../../shipper/options/livekit-toml.ts';
import { parseStreamAddress } from '../../../shipper/options/stream-address.ts';

const TOML = '[project]\nsubdomain = "x"\nid = "not-this"\n\n[agent]\nid = "CA_toml" # ours\n';

describe("the agent's id", () => {
  const sources = {
    option: 'CA_option',
    env: { LOG_DRAIN_AGENT_ID: 'CA_own', LIVEKIT_AGENT_ID: 'CA_livekit', AGENT_ID: 'CA_agent' },
    readToml: () => TOML,
  };

  it.each([
    ['--agent-id', sources, 'CA_option'],
    ['LOG_DRAIN_AGENT_ID', { ...sources, option: undefined }, 'CA_own'],
    [
      'LIVEKIT_AGENT_ID',
      { ...sources, option: undefined, env: { ...sources.env, LOG_DRAIN_AGENT_ID: '' } },
      'CA_livekit',
    ],
    ['livekit.toml', { ...sources, option: undefined, env: { AGENT_ID: 'CA_agent' } }, 'CA_toml'],
    [
      'AGENT_ID',
      { option: undefined, env: { AGENT_ID: 'CA_agent' }, readToml: () => '[project]\nsubdomain = "x"' },
      'CA_agent',
    ],
  ])('comes from %s if nothing before it gives one', (_, given, expected) => {
    expect(findAgentId(given)).toEqual({ kind: 'found', value: expected });
  });

  it('is asked for if nothing gives one', () => {
    const found = findAgentId({ option: undefined, env: {}, readToml: () => undefined });

    expect(found).toEqual({
      kind: 'problem',
      problem: expect.stringContaining('--agent-id'),
      place: 'nowhere',
    });
  });

  it('is looked for in a row of spaces without end', () => {
    const spaces = ' '.repeat(100_000);

    expect(agentIdFromToml(`[${spaces}\n[agent${spaces}\nid =${spaces}\n[agent]\nid = "CA_x"${spaces}`)).toBe(
      'CA_x',
    );
  });

  it.each(['default', '../up', '-x', 'a b', 'x'.repeat(129)])(
    'is refused as %j, naming where it came from',
    (id) => {
      const found = findAgentId({ option: undefined, env: { LIVEKIT_AGENT_ID: id }, readToml: () => TOML });

      expect(found).toEqual({
        kind: 'problem',
        problem: expect.stringContaining('LIVEKIT_AGENT_ID is no agent id'),
        place: 'elsewhere',
      });
    },
  );

  it.each([
    ['my agent', 'my_agent'],
    ['ns/agent:1', 'ns_agent_1'],
    ['.hidden', '_hidden'],
    ['Agent', 'Agent'],
    ['x'.repeat(130), 'x'.repeat(128)],
  ])('is made of the generic AGENT_ID %j, which others set', (text, id) => {
    const found = findAgentId({ option: undefined, env: { AGENT_ID: text }, readToml: () => undefined });

    const note = id === text ? {} : { note: `AGENT_ID is no agent id: lines are sent as those of ${id}` };
    expect(found).toEqual({ kind: 'found', value: id, ...note });
  });

  it.each(['default', '???', ' \n'])('is not made of the generic AGENT_ID %j', (text) => {
    const found = findAgentId({ option: undefined, env: { AGENT_ID: text }, readToml: () => undefined });

    expect(found).toMatchObject({ kind: 'problem', place: 'nowhere' });
  });

  it.each([
    ["[ agent ]\r\n  id='CA_x'\r\n", 'CA_x'],
    ['id = "top"\n[agent.more]\nid = "no"\n[other]\nid = "no"', undefined],
    ['[agent]\nname = "x"', undefined],
    ['[agent]\n# id = "no"', undefined],
  ])('is read from %j as %s', (text, id) => {
    expect(agentIdFromToml(text)).toBe(id);
  });
});

describe("the worker's id", () => {
  const machine = { hostname: 'host:1', randomSuffix: () => 'a1b2c3' };
  const env = {
    LOG_DRAIN_WORKER_ID: 'W_own',
    WORKER_ID: 'W_env',
    ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/0123456789abcdef0123456789abcdef-3935363592',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    HOSTNAME: 'agent-7d9f-x2x',
    FLY_MACHINE_ID: '148e',
  };

  it.each([
    ['--worker-id', env, 'W_option'],
    ['LOG_DRAIN_WORKER_ID', env, 'W_own'],
    ['WORKER_ID', { ...env, LOG_DRAIN_WORKER_ID: undefined }, 'W_env'],
    [
      'the ECS task',
      { ...env, LOG_DRAIN_WORKER_ID: undefined, WORKER_ID: '' },
      '0123456789abcdef0123456789abcdef',
    ],
    ['the pod', { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'agent-7d9f-x2x' }, 'agent-7d9f-x2x'],
    ['the Fly machine', { FLY_MACHINE_ID: '148e', HOSTNAME: 'x' }, '148e'],
    ['the host and chance', { HOSTNAME: 'x' }, 'host_1-a1b2c3'],
  ])('comes from %s if nothing before it gives one', (place, given, expected) => {
    const option = place === '--worker-id' ? 'W_option' : undefined;

    expect(findWorkerId({ option, env: given, ...machine })).toEqual({ kind: 'found', value: expected });
  });

  it('is refused with a colon in it', () => {
    const found = findWorkerId({ option: 'a:b', env: {}, ...machine });

    expect(found).toEqual({
      kind: 'problem',
      problem: expect.stringContaining('--worker-id is no worker id'),
      place: 'flag',
    });
  });

  it.each(['LOG_DRAIN_WORKER_ID', 'WORKER_ID'])('is made good in %s, and that is said', (name) => {
    expect(findWorkerId({ option: undefined, env: { [name]: 'celery:1' }, ...machine })).toEqual({
      kind: 'found',
      value: 'celery_1',
      note: `${name} is no worker id: lines are sent as those of celery_1`,
    });
  });
});

describe("the stream's address", () => {
  it('is a name or an ARN, which tells the region too', () => {
    const arn = 'arn:aws:kinesis:eu-central-1:123456789012:stream/agent-logs';

    expect(parseStreamAddress('agent-logs')).toEqual({
      name: 'agent-logs',
      arn: undefined,
      region: undefined,
    });
    expect(parseStreamAddress(arn)).toEqual({ name: 'agent-logs', arn, region: 'eu-central-1' });
  });

  it.each(['', 'a b', 'arn:aws:sqs:eu-central-1:123456789012:queue', 'x'.repeat(129)])(
    'is not %j',
    (text) => {
      expect(parseStreamAddress(text)).toBeUndefined();
    },
  );
});
