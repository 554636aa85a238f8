import { RUN_OPTIONS } from '../../shipper/options/declarations.ts';
import type { Command } from '../base/command.ts';
import { QUANTITIES, SHIPPER_CREDENTIALS } from '../base/notes.ts';

/** `log-drain run`; shipper/ parses its options and runs it. */
export const RUN: Command = {
  name: 'run',
  summary: 'run an agent and send its lines',
  forms: [{ after: '-- command args...', options: RUN_OPTIONS }],
  help: {
    about: "Runs the agent's command and sends every line of its stdout and stderr to a Kinesis stream.",
    examples: [
      'log-drain run --agent-id CA_x --stream agent-logs -- python agent.py start',
      'LOG_DRAIN_STREAM=agent-logs log-drain run -- uv run src/agent.py start',
      'log-drain run --no-tee --drain-timeout 30 -- pnpm start',
    ],
    notes: [
      'Signals go on to the agent. While its last lines are sent, a second SIGINT or SIGTERM quits at once.',
      SHIPPER_CREDENTIALS,
      QUANTITIES,
    ],
    exitCodes:
      "the command's own; 128 + n if signal n killed it; 127 if it was not found, 126 if it cannot be executed; 2 for bad usage",
    documentation: 'README.md',
  },
};
