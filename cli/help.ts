import { MANIFESTS } from '../lambdas/registry.ts';
import { helpOf } from './base/help.ts';
import { watchOutput } from './base/output-watch.ts';
import { ending, examples, page, paragraph, rowsUnder } from './base/page.ts';
import { COMMANDS } from './commands.ts';

export { showUsage } from './base/usage.ts';

/** Prints the help of a command, and sets the exit code. */
export function showHelp(name: string): void {
  const command = COMMANDS.find((one) => one.name === name);
  const output = watchOutput();
  process.exitCode = 0;
  try {
    process.stdout.write(command === undefined ? topHelp() : helpOf(command));
  } catch (error) {
    if (!output.takes(error)) throw error;
  }
}

/** `log-drain --help`. */
export function topHelp(): string {
  const titles = MANIFESTS.map(({ title }) => title);
  return page([
    ['Usage: log-drain <command> [options]'],
    paragraph(`Sends what agent processes print to ${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}.`),
    examples([
      'log-drain run --agent-id CA_x --stream agent-logs -- python agent.py start',
      'log-drain ship --agent-id CA_x --stream agent-logs < agent.log',
      'log-drain local -- python agent.py start',
    ]),
    rowsUnder(
      'Commands',
      COMMANDS.map(({ name, summary }) => [name, summary]),
    ),
    rowsUnder('Options', [
      ['--help, -h', 'help on a command: log-drain <command> --help'],
      ['--version, -V', 'our version'],
    ]),
    ending("0 good, 1 failed or lines lost, 2 bad usage; with run, the command's own", 'README.md'),
  ]);
}
