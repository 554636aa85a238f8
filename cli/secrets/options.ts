import { group, type OptionValues } from '../../shared/base/options.ts';
import { AGENT, OUTPUT, SECRET_PREFIX } from '../base/shared-options.ts';

const WHOSE = group('Whose', {
  agent: {
    ...AGENT,
    about: "one agent's; comes before those of every agent, as a whole",
    defaultWords: 'every agent',
  },
  prefix: SECRET_PREFIX,
});

export const SET_OPTIONS = {
  ...group('What to set', {
    secrets: {
      flag: '--secrets',
      value: 'KEY=VALUE',
      repeatable: true,
      about:
        'one setting; repeat the flag for more. Others on this machine may see a command line: prefer a file for tokens',
    },
    secretsFile: {
      flag: '--secrets-file',
      value: 'FILE',
      about:
        'KEY=VALUE lines or a JSON object, - for stdin; --secrets wins over it. Quote values that hold a #',
    },
    overwrite: {
      flag: '--overwrite',
      about: 'forget what is stored (default: settings are added to it, or replaced one by one)',
    },
  }),
  ...WHOSE,
  ...OUTPUT,
};

export const LIST_OPTIONS = { ...group('Whose', { prefix: SECRET_PREFIX }), ...OUTPUT };

export const REMOVE_OPTIONS = {
  ...group('How', {
    forGood: {
      flag: '--for-good',
      about: 'at once, and not to be brought back (default: it can be, for 30 days)',
    },
  }),
  ...WHOSE,
  ...OUTPUT,
};

export type SetOptions = OptionValues<typeof SET_OPTIONS>;
export type ListOptions = OptionValues<typeof LIST_OPTIONS>;
export type RemoveOptions = OptionValues<typeof REMOVE_OPTIONS>;
