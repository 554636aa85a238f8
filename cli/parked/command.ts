import { type Command, form } from '../base/command.ts';
import { LIST_OPTIONS, SHOW_OPTIONS } from './options.ts';

/** `log-drain parked`. */
export const PARKED: Command = {
  name: 'parked',
  summary: 'show what could not be delivered',
  forms: [
    form({
      subcommand: 'list',
      options: LIST_OPTIONS,
      start: async ({ options }) => (await import('./list.ts')).listParked(options, process),
    }),
    form({
      subcommand: 'show',
      argument: '<key>',
      options: SHOW_OPTIONS,
      start: async ({ options, args: [key = ''] }) =>
        (await import('./show.ts')).showParked(key, options, process),
    }),
  ],
  callsAws: true,
  help: {
    about: 'Shows what could not be delivered and is kept in the parking bucket.',
    examples: [
      'log-drain parked list --destination datadog --since 2h',
      'log-drain parked list --kind rejected --json',
      'log-drain parked show "$KEY"',
      'log-drain parked show --lines "$KEY"',
    ],
    exitCodes: '0 shown, 1 failed or not there, 2 bad usage',
    documentation: 'docs/operate.md',
  },
};
