import { MANIFESTS } from '../../lambdas/registry.ts';
import { type Command, form } from '../base/command.ts';
import { LIST_OPTIONS, REMOVE_OPTIONS, SET_OPTIONS } from './options.ts';

/** `log-drain secrets`. */
export const SECRETS: Command = {
  name: 'secrets',
  summary: 'set, list or remove the settings of destinations',
  forms: [
    form({
      subcommand: 'set',
      argument: '<destination>',
      options: SET_OPTIONS,
      start: async ({ options, args: [destination = ''] }) =>
        (await import('./set.ts')).setSecrets(destination, options, process),
    }),
    form({
      subcommand: 'list',
      options: LIST_OPTIONS,
      start: async ({ options }) => (await import('./list.ts')).listSecrets(options, process),
    }),
    form({
      subcommand: 'remove',
      argument: '<destination>',
      options: REMOVE_OPTIONS,
      start: async ({ options, args: [destination = ''] }) =>
        (await import('./remove.ts')).removeSecrets(destination, options, process),
    }),
  ],
  callsAws: true,
  help: {
    about:
      'Keeps the settings of destinations in AWS Secrets Manager, where the functions read them. Never shows values.',
    examples: [
      'log-drain secrets set datadog --secrets-file datadog.env',
      'log-drain secrets set datadog --agent CA_x --secrets DATADOG_REGION=eu',
      'pass show datadog.env | log-drain secrets set datadog --secrets-file -',
      'log-drain secrets list --json',
      'log-drain secrets remove splunk --agent CA_x',
    ],
    details: [
      `Destinations: ${MANIFESTS.map(({ id }) => id).join(', ')}; the README has the settings of each.`,
    ],
    notes: [
      'What the destination itself would refuse is not stored.',
      'A removed secret can be brought back for 30 days, in which its lines are parked; with --for-good it is gone at once, and they are skipped.',
    ],
    exitCodes: '0 done, 1 failed or refused, 2 bad usage',
    documentation: 'docs/operate.md',
  },
};
