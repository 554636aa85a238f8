import { group, type OptionValues } from '../../shared/base/options.ts';
import { AGENT, OUTPUT, SECRET_PREFIX } from '../base/shared-options.ts';

/** The agent of the line if none is named. */
export const TEST_AGENT = 'log-drain-test';

export const TEST_OPTIONS = {
  ...group('With which settings', {
    agent: {
      ...AGENT,
      about: "the agent's secret, else the one of every agent; the line bears its id",
      defaultWords: TEST_AGENT,
    },
    env: { flag: '--env', value: 'FILE', about: 'KEY=VALUE lines or a JSON object, instead of a secret' },
    prefix: SECRET_PREFIX,
  }),
  ...OUTPUT,
};

export type TestOptions = OptionValues<typeof TEST_OPTIONS>;
