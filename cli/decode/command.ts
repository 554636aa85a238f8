import { isatty } from 'node:tty';
import { type Command, form } from '../base/command.ts';
import { UsageProblem } from '../base/errors.ts';
import { DECODE_OPTIONS } from './options.ts';

/** `log-drain decode`. */
export const DECODE: Command = {
  name: 'decode',
  summary: 'show the lines of a record',
  forms: [
    form({
      after: '< record',
      options: DECODE_OPTIONS,
      start: async ({ options: { json } }) => {
        if (isatty(0))
          throw new UsageProblem('decode reads stdin, which is a terminal: pipe a record into it');
        const { stdin, stdout, stderr } = process;
        return (await import('./decode.ts')).decodeCommand({ stdin, stdout, stderr, json });
      },
    }),
  ],
  help: {
    about: 'Shows the lines of one Kinesis record, given on stdin as bytes or base64.',
    examples: [
      'log-drain decode < record.bin',
      `aws kinesis get-records --shard-iterator "$I" --query 'Records[0].Data' --output text | log-drain decode`,
      'log-drain decode --json < record.bin',
    ],
    notes: ['Control characters are escaped on a terminal.'],
    exitCodes: '0 shown, 1 the record cannot be read, 2 bad usage',
    documentation: 'README.md',
  },
};
