/** `log-drain --help`. */
export const TOP_HELP = `Usage: log-drain <command> [options]

Sends what agent processes print to Datadog, CloudWatch, Sentry, New Relic, Splunk and syslog.

Examples:
  log-drain run --agent-id CA_x --stream agent-logs -- python agent.py start
  log-drain ship --agent-id CA_x --stream agent-logs < agent.log
  log-drain local -- python agent.py start

Commands:
  run      run an agent and send its lines
  ship     send the lines of stdin
  local    the whole system on this machine, without an account
  secrets  set, list or remove the settings of destinations
  test     send one marked line to a destination
  doctor   look at a deployment and say what is wrong
  parked   show what could not be delivered
  redrive  send it again
  decode   show the lines of a record

Options:
  --help, -h     help on a command: log-drain <command> --help
  --version, -V  our version

Exit code: 0 good, 1 failed or lines lost, 2 bad usage; with run, the command's own.
Documentation: README.md
`;
