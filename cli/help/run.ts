import { BATCHING, FOOTER, WHAT, WHEN_FULL_RUN, WHERE } from './shared-options.ts';

/** `log-drain run --help`. */
export const RUN_HELP = `Usage: log-drain run [options] -- command args...

Runs the agent's command and sends every line of its stdout and stderr to a Kinesis stream.

Examples:
  log-drain run --agent-id CA_x --stream agent-logs -- python agent.py start
  LOG_DRAIN_STREAM=agent-logs log-drain run -- uv run src/agent.py start
  log-drain run --no-tee --drain-timeout 30 -- pnpm start

${WHAT}
  --no-events            do not announce starts, ends and losses in the stream
  --no-env               do not set PYTHONUNBUFFERED=1 for the agent where it is unset
  --no-tee               do not copy the agent's output to our own stdout and stderr

${WHERE}

${BATCHING}
  --linger DURATION      after the agent's end, read on from processes it left for so long
                         (default 2s)
  --drain-timeout DURATION
                         after that, send for so long (default 10s); with --when-full block it
                         starts again whenever Kinesis takes something

${WHEN_FULL_RUN}

Signals go on to the agent. While its last lines are sent, a second SIGINT or SIGTERM quits at once.

Exit code: the command's own; 128 + n if signal n killed it; 127 if it was not found, 126 if it cannot
be executed; 2 for bad usage.
${FOOTER}`;
