/** `log-drain doctor --help`. */
export const DOCTOR_HELP = `Usage: log-drain doctor [options]

Looks at a deployed drain from end to end and says what is wrong and what to do about it: credentials, stack,
stream, what starts each function, settings, how late functions read, what is parked, alarms. Changes nothing.

Examples:
  log-drain doctor
  log-drain doctor --stack my-drain
  log-drain doctor --json

Where:
  --stack NAME   the CloudFormation stack; else LOG_DRAIN_STACK (default log-drain)

Output:
  --json         one JSON object

Credentials and region come from AWS_* variables, profiles or roles as for any AWS tool.

Exit code: 0 all is well, 1 something is wrong, 2 bad usage.
Documentation: docs/operate.md
`;
