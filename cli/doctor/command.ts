import { type Command, form } from '../base/command.ts';
import { DOCTOR_OPTIONS } from './options.ts';

/** `log-drain doctor`. */
export const DOCTOR: Command = {
  name: 'doctor',
  summary: 'look at a deployment and say what is wrong',
  forms: [
    form({
      options: DOCTOR_OPTIONS,
      start: async ({ options }) => (await import('./doctor.ts')).doctor(options, process),
    }),
  ],
  callsAws: true,
  help: {
    about:
      'Looks at a deployed drain from end to end and says what is wrong and what to do about it: credentials, stack, ' +
      'stream, what starts each function, settings, how late functions read, what is parked, alarms. Changes nothing.',
    examples: ['log-drain doctor', 'log-drain doctor --stack my-drain', 'log-drain doctor --json'],
    exitCodes: '0 all is well, 1 something is wrong, 2 bad usage',
    documentation: 'docs/operate.md',
  },
};
