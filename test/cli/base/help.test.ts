import { describe, expect, it } from 'vitest';
import { type Command, form } from '../../../cli/base/command.ts';
import { helpOf } from '../../../cli/base/help.ts';
import { group } from '../../../shared/base/options.ts';

const WHERE = group('Where', {
  stack: { flag: '--stack', value: 'NAME', env: 'STACK', default: 'main', about: 'a stack' },
});
const start = async (): Promise<number> => 0;

const COMMAND: Command = {
  name: 'things',
  summary: 'do things',
  forms: [
    form({
      subcommand: 'list',
      options: {
        ...group('What to list', {
          agent: { flag: '--agent', value: 'ID', about: "one agent's", defaultWords: 'all of them' },
          id: {
            flag: '--id',
            value: 'ID',
            about: 'an id',
            elsewhere: ['OUR_ID', 'their.toml'],
            required: true,
          },
        }),
        ...WHERE,
      },
      start,
    }),
    form({
      subcommand: 'show',
      argument: '<key>',
      after: '< more',
      options: {
        ...group('What to show', {
          parts: {
            flag: '--parts-with-a-long-name',
            value: 'PARTS',
            about: `${'words '.repeat(20)}and so on`,
            default: 'the first',
          },
        }),
        ...WHERE,
      },
      start,
    }),
  ],
  callsAws: true,
  help: {
    about: 'Does things.',
    examples: [`log-drain things show ${'x'.repeat(120)}`],
    details: ['Before.'],
    notes: ['After.'],
    exitCodes: '0 done',
    documentation: 'docs/things.md',
  },
};

describe('the help of a command', () => {
  it('is made of its declaration: each form, each option once, headings in the order of the forms', () => {
    expect(helpOf(COMMAND)).toBe(`Usage: log-drain things list [options]
       log-drain things show <key> [options] < more

Does things.

Examples:
  log-drain things show ${'x'.repeat(120)}

Before.

What to list:
  --agent ID    one agent's (default all of them)
  --id ID       an id; else OUR_ID, their.toml, in this order (required)

What to show:
  --parts-with-a-long-name PARTS
                words words words words words words words words words words words words words words
                words words words words words words and so on (default the first)

Where:
  --stack NAME  a stack; else STACK (default main)

After.

Credentials and region come from AWS_* variables, profiles or roles as for any AWS tool.

Exit code: 0 done.
Documentation: docs/things.md
`);
  });

  it('breaks no line within a default', () => {
    const about = `${'x'.repeat(70)} y`;
    const options = group('What', { way: { flag: '--way', value: 'W', about, default: 'by the sea' } });
    const help = helpOf({ ...COMMAND, forms: [form({ options, start })] });

    expect(help).toContain(`  --way W  ${about}\n           (default by the sea)\n`);
  });
});
