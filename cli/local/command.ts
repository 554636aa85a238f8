import { endProcess } from '../../shipper/base/end-process.ts';
import { type Command, form } from '../base/command.ts';
import { LOCAL_OPTIONS } from './options.ts';

/** `log-drain local`. */
export const LOCAL: Command = {
  name: 'local',
  summary: 'the whole system on this machine, without an account',
  forms: [
    form({
      after: '[-- command args...]',
      takesProgram: true,
      options: LOCAL_OPTIONS,
      start: async ({ options, args, program }) => {
        const { localCommand } = await import('./local.ts');
        // Sockets and processes may take a moment more to end than the result to be told.
        return endProcess(await localCommand({ options, command: args, program }));
      },
    }),
  ],
  help: {
    about:
      'Runs the whole system on this machine, without an account: the shipper, an embedded Kinesis, the built ' +
      'functions, and for each destination a strict receiver. Listens on 127.0.0.1 only.',
    examples: [
      'log-drain local',
      'log-drain local -- python agent.py start',
      'log-drain local --env datadog.env -- python agent.py start',
      'log-drain local --json --out out -- cat agent.log',
    ],
    details: [
      'Without a command it runs a sample agent and shows its lines and what arrives, until Ctrl-C. With one, it ships what the ' +
        'command prints, waits until all of it is settled, and prints what was written and what each destination took. ' +
        "stdout carries only that; the command's output and our messages go to stderr.",
    ],
    exitCodes:
      '0 if no line was lost for any destination, 1 if one was or something failed, 2 bad usage, 126 or 127 if the ' +
      "command could not be started; never the command's own",
    documentation: 'docs/local.md',
  },
};
