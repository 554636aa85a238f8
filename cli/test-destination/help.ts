/** `log-drain test --help`. */
export const TEST_HELP = `Usage: log-drain test <destination> [options]

Sends one marked line to a destination, as its function would, and shows what the service says.

Examples:
  log-drain test datadog
  log-drain test datadog --agent CA_x
  log-drain test splunk --env splunk.env
  log-drain test syslog --env syslog.env --json

Destinations: datadog, cloudwatch, sentry, newrelic, splunk, syslog.

With which settings:
  --agent ID        the agent's secret, else the one of every agent; the line bears its id
                    (default log-drain-test)
  --env FILE        a dotenv file instead of a secret
  --prefix PREFIX   what the secrets' names begin with; else LOG_DRAIN_SECRET_PREFIX (default log-drain)

Output:
  --json            one JSON object

Private addresses and plain http need ALLOW_PRIVATE_DESTINATIONS, as for the functions.

Exit code: 0 delivered, 1 not delivered, 2 bad usage.
Documentation: docs/operate.md
`;
