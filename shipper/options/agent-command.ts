/** The agent's command in what follows `run` on the command line: all that follows the first `--`. */
export function agentCommand(argv: readonly string[]): readonly string[] {
  const separator = argv.indexOf('--');
  return separator === -1 ? [] : argv.slice(separator + 1);
}
