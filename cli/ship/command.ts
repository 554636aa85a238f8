import { SHIP_OPTIONS } from '../../shipper/options/declarations.ts';
import type { Command } from '../base/command.ts';
import { QUANTITIES, SHIPPER_CREDENTIALS } from '../base/notes.ts';

/** `log-drain ship`; shipper/ parses its options and runs it. */
export const SHIP: Command = {
  name: 'ship',
  summary: 'send the lines of stdin',
  forms: [{ after: '< lines', options: SHIP_OPTIONS }],
  help: {
    about: 'Sends every line of stdin to a Kinesis stream.',
    examples: [
      'log-drain ship --agent-id CA_x --stream agent-logs < agent.log',
      'journalctl -u agent -o cat -f | log-drain ship --agent-id CA_x --stream agent-logs',
      'LOG_DRAIN_STREAM=agent-logs LOG_DRAIN_AGENT_ID=CA_x log-drain ship --worker-id W1 < agent.log',
    ],
    notes: [
      'SIGINT ends the reading and sends what was read; a second one quits at once.',
      SHIPPER_CREDENTIALS,
      QUANTITIES,
    ],
    exitCodes: '0 all lines sent or kept in the spool, 1 lines lost, 2 bad usage',
    documentation: 'README.md',
  },
};
