import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../shared/base/version.ts';
import { endProcess } from '../shipper/base/end-process.ts';
import { DECODE_HELP } from './decode/help.ts';
import { showUsage } from './help/show.ts';
import { TOP_HELP } from './help/top.ts';
import { LOCAL_HELP } from './local/help.ts';
import type { LocalArguments } from './local/local.ts';
import { addOperatorCommands } from './operator-commands.ts';

/**
 * Runs any command but `run` and `ship`, which need a process without libraries; sets the exit code. `program` is the
 * path of our own entry.
 */
export async function runCommand(argv: readonly string[], program: string): Promise<void> {
  if (argv.length === 0) {
    process.stderr.write(TOP_HELP);
    process.exitCode = 2;
    return;
  }
  const commands = createProgram(program);
  try {
    await commands.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version have been printed and are no failure.
    if (error.exitCode !== 0) showUsage(problemOf(error), commandNamed(commands, argv[0]));
  }
}

function createProgram(entry: string): Command {
  const program = helped(new Command('log-drain'), TOP_HELP)
    .version(VERSION)
    .helpCommand(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  // A subcommand inherits the settings that its parent has by then.
  helped(program.command('decode').option('--json'), DECODE_HELP).action(
    async ({ json = false }: { readonly json?: boolean }) => {
      if (isatty(0))
        return showUsage('decode reads stdin, which is a terminal: pipe a record into it', 'decode');
      const { decodeCommand } = await import('./decode/decode.ts');
      process.exitCode = await decodeCommand({ ...stdio(), json });
    },
  );
  helped(program.command('local').argument('[command...]'), LOCAL_HELP)
    .option('--env <file>')
    .option('--faults <file>')
    .option('--shards <n>')
    .option('--out <dir>')
    .option('--json')
    .action(async (command: readonly string[], options: Omit<LocalArguments, 'command' | 'program'>) => {
      const { LocalUsageError, localCommand } = await import('./local/local.ts');
      try {
        // Sockets and processes may take a moment more to end than the result to be told.
        endProcess(await localCommand({ ...options, command, program: entry }));
      } catch (error) {
        if (!(error instanceof LocalUsageError)) throw error;
        showUsage(error.message, 'local');
      }
    });
  addOperatorCommands(program, helped);
  return program;
}

function helped(command: Command, help: string): Command {
  command.helpInformation = () => help;
  return command.allowExcessArguments(false);
}

function stdio(): Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'> {
  const { stdin, stdout, stderr } = process;
  return { stdin, stdout, stderr };
}

/** Commander's words without its prefix and closing period. */
function problemOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n+/g, ' ')
    .replace(/\.?\s*$/, '');
}

function commandNamed(program: Command, name: string | undefined): string | undefined {
  return program.commands.some((command) => command.name() === name) ? name : undefined;
}
