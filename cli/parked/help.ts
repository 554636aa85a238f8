/** `log-drain parked --help`. */
export const PARKED_HELP = `Usage: log-drain parked list [options]
       log-drain parked show <key> [options]

Shows what could not be delivered and is kept in the parking bucket.

Examples:
  log-drain parked list --destination datadog --since 2h
  log-drain parked list --kind rejected --json
  log-drain parked show parked/datadog/CA_x/2026/01/15/1768473000000-4966.json
  log-drain parked show --lines "$KEY"

What to list, oldest first:
  --destination ID   one destination's (default all)
  --agent ID         one agent's (default all)
  --since TIME       what arrived since a time (2026-01-15T10:30:00Z) or so long ago (90m, 2h, 3d)
  --kind KIND        parked: waits to be sent again; rejected: the service will not take these lines;
                     unreadable: no record of ours; expired: batches that Lambda put aside (default all)
  --limit N          objects to show (default 100)

What to show:
  --lines            the agents' lines too; control characters are escaped on a terminal (default: reason, the
                     service's answer, counts and times)

Where:
  --stack NAME       the CloudFormation stack; else LOG_DRAIN_STACK (default log-drain)
  --bucket NAME      the bucket, without a look at the stack; else LOG_DRAIN_BUCKET

Output:
  --json             one JSON object; with --lines, one for each line

Exit code: 0 shown, 1 failed or not there, 2 bad usage.
Documentation: docs/operate.md
`;
