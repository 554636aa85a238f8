import { describe, expect, it } from 'vitest';
import { senderEnvironment } from '../../../shipper/sender-process/environment.ts';

describe('the sender’s environment', () => {
  it('is the agent’s by default', () => {
    const env = { AWS_PROFILE: 'agent', PATH: '/bin' };

    expect(senderEnvironment(env)).toBe(env);
  });

  it('has its own AWS variables instead of the agent’s if there is at least one', () => {
    const env = {
      AWS_PROFILE: 'agent',
      LOG_DRAIN_AWS_REGION: 'eu-west-1',
      LOG_DRAIN_STREAM: 's',
      PATH: '/bin',
    };

    expect(senderEnvironment(env)).toEqual({ AWS_REGION: 'eu-west-1', LOG_DRAIN_STREAM: 's', PATH: '/bin' });
  });
});
