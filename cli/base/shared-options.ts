import { expecting, group, type OptionSpec } from '../../shared/base/options.ts';
import { AGENT_ID, DESTINATION_ID, TIME_OR_AGO } from './option-types.ts';

/** Options of more than one command. A command that means something more specific gives its own `about`. */

export const JSON_OUTPUT = { flag: '--json', about: 'one JSON object' } as const satisfies OptionSpec;

/** The heading of most commands that have no other option for their output. */
export const OUTPUT = group('Output', { json: JSON_OUTPUT });

export const STACK = {
  flag: '--stack',
  value: 'NAME',
  env: 'LOG_DRAIN_STACK',
  // As `cdk deploy` names it by default.
  default: 'log-drain',
  about: 'the CloudFormation stack',
} as const satisfies OptionSpec;

export const AGENT = {
  flag: '--agent',
  value: 'ID',
  type: AGENT_ID,
  about: "one agent's",
  defaultWords: 'all',
} as const satisfies OptionSpec;

/** Chooses among what is parked. */
export const WHICH_PARKED = {
  destination: {
    flag: '--destination',
    value: 'ID',
    type: DESTINATION_ID,
    about: "one destination's",
    defaultWords: 'all',
  },
  agent: AGENT,
  sinceMs: {
    flag: '--since',
    value: 'TIME',
    type: TIME_OR_AGO,
    about: 'what arrived since a time (2026-01-15T10:30:00Z) or so long ago (90m, 2h, 3d)',
  },
} as const satisfies Record<string, OptionSpec>;

export const SECRET_PREFIX = {
  flag: '--prefix',
  value: 'PREFIX',
  type: expecting('text', (text) => text.replace(/\/+$/, '')),
  env: 'LOG_DRAIN_SECRET_PREFIX',
  default: 'log-drain',
  about: "what the secrets' names begin with",
} as const satisfies OptionSpec;
