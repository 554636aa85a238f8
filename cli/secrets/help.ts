/** `log-drain secrets --help`. */
export const SECRETS_HELP = `Usage: log-drain secrets set <destination> [options]
       log-drain secrets list [options]
       log-drain secrets remove <destination> [options]

Keeps the settings of destinations in AWS Secrets Manager, where the functions read them. Never shows values.

Examples:
  log-drain secrets set datadog --secrets-file datadog.env
  log-drain secrets set datadog --agent CA_x --secrets DATADOG_REGION=eu
  pass show datadog.env | log-drain secrets set datadog --secrets-file -
  log-drain secrets list --json
  log-drain secrets remove splunk --agent CA_x

Destinations: datadog, cloudwatch, sentry, newrelic, splunk, syslog; the README has the settings of each.

What to set:
  --secrets KEY=VALUE   one setting; repeat the flag for more. Others on this machine may see a command line:
                        prefer a file for tokens
  --secrets-file FILE   a dotenv file, - for stdin; --secrets wins over it. Quote values that hold a #
  --overwrite           forget what is stored (default: settings are added to it, or replaced one by one)

Whose:
  --agent ID            one agent's; comes before those of every agent, as a whole (default: every agent)
  --prefix PREFIX       what the secrets' names begin with; else LOG_DRAIN_SECRET_PREFIX (default log-drain)

Output:
  --json                one JSON object

What the destination itself would refuse is not stored. A removed secret is gone at once, and for good.
Credentials and region come from AWS_* variables, profiles or roles as for any AWS tool.

Exit code: 0 done, 1 failed or refused, 2 bad usage.
Documentation: docs/operate.md
`;
