import type { Command } from 'commander';
import { EnvironmentError } from '../shared/base/environment-error.ts';
import { silenceSdkAdvice } from '../shared/settings/environment.ts';
import { CommandProblem, UsageProblem } from './base/errors.ts';
import { shortText } from './base/output.ts';
import type { DoctorOptions } from './doctor/doctor.ts';
import { DOCTOR_HELP } from './doctor/help.ts';
import { showUsage } from './help/show.ts';
import { PARKED_HELP } from './parked/help.ts';
import type { ParkedListOptions } from './parked/list.ts';
import type { ParkedShowOptions } from './parked/show.ts';
import { REDRIVE_HELP } from './redrive/help.ts';
import type { RedriveOptions } from './redrive/redrive.ts';
import { SECRETS_HELP } from './secrets/help.ts';
import type { SecretsListOptions } from './secrets/list.ts';
import type { SecretsRemoveOptions } from './secrets/remove.ts';
import type { SecretsSetOptions } from './secrets/set.ts';
import { TEST_HELP } from './test-destination/help.ts';
import type { TestOptions } from './test-destination/test-destination.ts';

/** Gives a command its help and refuses arguments that it does not know. */
export type Helped = (command: Command, help: string) => Command;

/** Adds the commands for whoever operates a deployment. Each loads its code when it is run. */
export function addOperatorCommands(program: Command, helped: Helped): void {
  addSecrets(program, helped);
  addParked(program, helped);
  helped(program.command('test').argument('<destination>'), TEST_HELP)
    .option('--agent <id>')
    .option('--env <file>')
    .option('--prefix <prefix>')
    .option('--json')
    .action((destination: string, options: TestOptions) =>
      finish('test', async () =>
        (await import('./test-destination/test-destination.ts')).testDestination(
          destination,
          options,
          process,
        ),
      ),
    );
  located(helped(program.command('redrive'), REDRIVE_HELP))
    .option('--function <name>')
    .option('--destination <id>')
    .option('--agent <id>')
    .option('--since <time>')
    .option('--rejected')
    .option('--dry-run')
    .action((options: RedriveOptions) =>
      finish('redrive', async () => (await import('./redrive/redrive.ts')).redriveCommand(options, process)),
    );
  located(helped(program.command('doctor'), DOCTOR_HELP)).action((options: DoctorOptions) =>
    finish('doctor', async () => (await import('./doctor/doctor.ts')).doctor(options, process)),
  );
}

function located(command: Command): Command {
  return command.option('--stack <name>').option('--json');
}

function addSecrets(program: Command, helped: Helped): void {
  const secrets = group(program, 'secrets', { helped, help: SECRETS_HELP, names: 'set, list or remove' });
  const collect = (pair: string, pairs: readonly string[]): readonly string[] => [...pairs, pair];
  helped(secrets.command('set').argument('<destination>'), SECRETS_HELP)
    .option('--agent <id>')
    .option('--secrets <pair>', '', collect, [])
    .option('--secrets-file <file>')
    .option('--overwrite')
    .option('--prefix <prefix>')
    .option('--json')
    .action((destination: string, options: SecretsSetOptions) =>
      finish('secrets', async () =>
        (await import('./secrets/set.ts')).setSecrets(destination, options, process),
      ),
    );
  helped(secrets.command('list'), SECRETS_HELP)
    .option('--prefix <prefix>')
    .option('--json')
    .action((options: SecretsListOptions) =>
      finish('secrets', async () => (await import('./secrets/list.ts')).listSecrets(options, process)),
    );
  helped(secrets.command('remove').argument('<destination>'), SECRETS_HELP)
    .option('--agent <id>')
    .option('--prefix <prefix>')
    .option('--json')
    .action((destination: string, options: SecretsRemoveOptions) =>
      finish('secrets', async () =>
        (await import('./secrets/remove.ts')).removeSecrets(destination, options, process),
      ),
    );
}

function addParked(program: Command, helped: Helped): void {
  const parked = group(program, 'parked', { helped, help: PARKED_HELP, names: 'list or show' });
  located(helped(parked.command('list'), PARKED_HELP))
    .option('--bucket <name>')
    .option('--destination <id>')
    .option('--agent <id>')
    .option('--since <time>')
    .option('--kind <kind>')
    .option('--limit <n>')
    .action((options: ParkedListOptions) =>
      finish('parked', async () => (await import('./parked/list.ts')).listParked(options, process)),
    );
  located(helped(parked.command('show').argument('<key>'), PARKED_HELP))
    .option('--bucket <name>')
    .option('--lines')
    .action((key: string, options: ParkedShowOptions) =>
      finish('parked', async () => (await import('./parked/show.ts')).showParked(key, options, process)),
    );
}

interface GroupOptions {
  readonly helped: Helped;
  readonly help: string;
  /** Of its subcommands, for messages. */
  readonly names: string;
}

function group(program: Command, name: string, { helped, help, names }: GroupOptions): Command {
  return helped(program.command(name).argument('[subcommand]'), help).action((given: string | undefined) => {
    const what = given === undefined ? 'needs a subcommand' : `has no subcommand "${given}"`;
    showUsage(`${name} ${what}: ${names}`, name);
  });
}

/** Runs a command and sets the exit code; a problem is told in one line. */
async function finish(name: string, run: () => Promise<number>): Promise<void> {
  silenceSdkAdvice();
  // A reader that went away (`| head`) is no trouble.
  process.stdout.on('error', () => undefined);
  try {
    process.exitCode = await run();
  } catch (error) {
    if (error instanceof UsageProblem) showUsage(error.message, name);
    else if (error instanceof EnvironmentError) showUsage(error.message.replace(/\.$/, ''), name);
    else if (error instanceof CommandProblem) {
      process.stderr.write(`log-drain ${name}: ${shortText(error.message)}.\n`);
      process.exitCode = 1;
    } else throw error;
  }
}
