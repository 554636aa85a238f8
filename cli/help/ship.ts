import { BATCHING, FOOTER, WHAT, WHEN_FULL_SHIP, WHERE } from './shared-options.ts';

/** `log-drain ship --help`. */
export const SHIP_HELP = `Usage: log-drain ship [options] < lines

Sends every line of stdin to a Kinesis stream.

Examples:
  log-drain ship --agent-id CA_x --stream agent-logs < agent.log
  journalctl -u agent -o cat -f | log-drain ship --agent-id CA_x --stream agent-logs
  LOG_DRAIN_STREAM=agent-logs LOG_DRAIN_AGENT_ID=CA_x log-drain ship --worker-id W1 < agent.log

${WHAT}
  --no-events            do not announce losses in the stream

${WHERE}

${BATCHING}
  --linger DURATION      after SIGINT or SIGTERM, read on for so long (default 2s)
  --drain-timeout DURATION
                         at the end, wait so long for Kinesis to take something (default 10s)

${WHEN_FULL_SHIP}

SIGINT ends the reading and sends what was read; a second one quits at once.

Exit code: 0 all lines sent or kept in the spool, 1 lines lost, 2 bad usage.
${FOOTER}`;
