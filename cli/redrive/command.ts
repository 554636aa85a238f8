import { type Command, form } from '../base/command.ts';
import { REDRIVE_OPTIONS } from './options.ts';

/** `log-drain redrive`. */
export const REDRIVE: Command = {
  name: 'redrive',
  summary: 'send it again',
  forms: [
    form({
      options: REDRIVE_OPTIONS,
      start: async ({ options }) => (await import('./redrive.ts')).redriveCommand(options, process),
    }),
  ],
  callsAws: true,
  help: {
    about:
      'Sends what is parked again, now: the scheduled redrive does so too, but waits longer after each failure.',
    examples: [
      'log-drain redrive',
      'log-drain redrive --destination datadog --agent CA_x',
      'log-drain redrive --dry-run --since 1d',
      'log-drain redrive --rejected --destination splunk',
    ],
    notes: ['What fails again stays where it is. It may be stopped and started again at any time.'],
    exitCodes: '0 nothing is left, 1 something is or it failed, 2 bad usage',
    documentation: 'docs/operate.md',
  },
};
