/** `log-drain redrive --help`. */
export const REDRIVE_HELP = `Usage: log-drain redrive [options]

Sends what is parked again, now: the scheduled redrive does so too, but waits longer after each failure.

Examples:
  log-drain redrive
  log-drain redrive --destination datadog --agent CA_x
  log-drain redrive --dry-run --since 1d
  log-drain redrive --rejected --destination splunk

What to send, oldest first:
  --destination ID   one destination's (default all)
  --agent ID         one agent's (default all)
  --since TIME       what arrived since a time (2026-01-15T10:30:00Z) or so long ago (90m, 2h, 3d)
  --rejected         what the service rejected and records that could not be read, instead of what is parked
  --dry-run          only say what would be sent

Where:
  --stack NAME       the CloudFormation stack; else LOG_DRAIN_STACK (default log-drain)
  --function NAME    the redrive function, without a look at the stack; else LOG_DRAIN_REDRIVE_FUNCTION

Output:
  --json             one JSON object; progress goes to stderr

What fails again stays where it is. It may be stopped and started again at any time.

Exit code: 0 nothing is left, 1 something is or it failed, 2 bad usage.
Documentation: docs/operate.md
`;
