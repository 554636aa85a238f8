import { MANIFESTS } from '../../lambdas/registry.ts';
import { type Command, form } from '../base/command.ts';
import { TEST_OPTIONS } from './options.ts';

/** `log-drain test`. */
export const TEST: Command = {
  name: 'test',
  summary: 'send one marked line to a destination',
  forms: [
    form({
      argument: '<destination>',
      options: TEST_OPTIONS,
      start: async ({ options, args: [destination = ''] }) =>
        (await import('./test-destination.ts')).testDestination(destination, options, process),
    }),
  ],
  callsAws: true,
  help: {
    about: 'Sends one marked line to a destination, as its function would, and shows what the service says.',
    examples: [
      'log-drain test datadog',
      'log-drain test datadog --agent CA_x',
      'log-drain test splunk --env splunk.env',
      'log-drain test syslog --env syslog.env --json',
    ],
    details: [`Destinations: ${MANIFESTS.map(({ id }) => id).join(', ')}.`],
    notes: ['Private addresses and plain http need ALLOW_PRIVATE_DESTINATIONS, as for the functions.'],
    exitCodes: '0 delivered, 1 not delivered, 2 bad usage',
    documentation: 'docs/operate.md',
  },
};
