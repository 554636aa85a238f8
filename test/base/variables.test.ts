import { describe, expect, it } from 'vitest';
import { readSwitch, trimmedVariables, trimmedWords } from '../../shared/base/variables.ts';

describe('variables that we read', () => {
  it('lose white space at their ends, and others keep it', () => {
    const given = {
      LOG_DRAIN_STREAM: 'agent-logs\n',
      LIVEKIT_AGENT_ID: ' \tCA_x\r\n',
      AWS_REGION: 'us-east-1',
      AWS_SECRET_ACCESS_KEY: 'in the middle\n',
      LOG_DRAIN_AWS_PROFILE: ' \n',
      https_proxy: 'http://proxy:3128 ',
      AGENT_GREETING: 'hello \n',
      MY_AWS_REGION: ' x',
    };
    const before = { ...given };

    const { env, changed } = trimmedVariables(given);

    expect(env).toEqual({
      LOG_DRAIN_STREAM: 'agent-logs',
      LIVEKIT_AGENT_ID: 'CA_x',
      AWS_REGION: 'us-east-1',
      AWS_SECRET_ACCESS_KEY: 'in the middle',
      https_proxy: 'http://proxy:3128',
      AGENT_GREETING: 'hello \n',
      MY_AWS_REGION: ' x',
    });
    expect(changed).toEqual([
      'LOG_DRAIN_STREAM',
      'LIVEKIT_AGENT_ID',
      'AWS_SECRET_ACCESS_KEY',
      'LOG_DRAIN_AWS_PROFILE',
      'https_proxy',
    ]);
    expect(given).toEqual(before);
  });

  it('are named in one line without their values', () => {
    expect(trimmedWords([])).toBeUndefined();
    expect(trimmedWords(['A'])).toBe('A: white space at the ends of the value is left out; set it without');
    expect(trimmedWords(['A', 'B'])).toMatch(/^A, B: white space .* set them without$/);
  });
});

describe('a switch', () => {
  it.each(['1', 'true', 'YES', ' On\n'])('is on with %j', (value) => {
    expect(readSwitch({ OFF: value }, 'OFF')).toEqual({ on: true, note: undefined });
  });

  it.each([undefined, '', '0', 'False', 'no', 'off'])('is off with %j', (value) => {
    expect(readSwitch({ OFF: value }, 'OFF')).toEqual({ on: false, note: undefined });
  });

  it('is off with anything else, and says so without the value', () => {
    expect(readSwitch({ OFF: 'perhaps' }, 'OFF')).toEqual({
      on: false,
      note: 'OFF must be 1 or 0, or true or false: it is passed over',
    });
  });
});
