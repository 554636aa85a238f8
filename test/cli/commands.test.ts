import { describe, expect, it } from 'vitest';
import type { Command, Form } from '../../cli/base/command.ts';
import { createParser } from '../../cli/base/parser.ts';
import { COMMANDS } from '../../cli/commands.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { type GroupedOption, readOptions } from '../../shared/base/options.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { runCli } from '../helpers/run-cli.ts';

const cli = useBuiltCli();

const FORMS = COMMANDS.flatMap((command) => command.forms.map((form) => ({ command, form })));
const NAMED_FORMS = FORMS.map(
  ({ command, form }) => [[command.name, form.subcommand].join(' ').trim(), { command, form }] as const,
);
const NAMED_COMMANDS = COMMANDS.map((command) => [command.name, command] as const);

function declared({ forms }: Command): readonly GroupedOption[] {
  return forms.flatMap(({ options }) => Object.values(options));
}

function flagsIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag = '']) => flag).sort();
}

function sorted(flags: Iterable<string>): readonly string[] {
  return [...new Set(flags)].sort();
}

/** A command line with every option of a form. */
function fullLine({ name }: Command, { subcommand, argument, options }: Form): readonly string[] {
  const flags = Object.values(options).flatMap(({ flag, value }) =>
    value === undefined ? [flag] : [flag, 'x'],
  );
  return [
    name,
    ...(subcommand === undefined ? [] : [subcommand]),
    ...flags,
    ...(argument === undefined ? [] : ['x']),
  ];
}

describe('the list of commands', () => {
  it('is in the help, with a few words on each, and names every destination', async () => {
    const { stdout } = await runCli(cli, ['--help']);
    const rows = [...stdout.matchAll(/^ {2}([a-z]+) +(.+)$/gm)].map(([, name, summary]) => [name, summary]);

    expect(rows).toEqual(expect.arrayContaining(COMMANDS.map(({ name, summary }) => [name, summary])));
    for (const { title } of MANIFESTS) expect(stdout.replace(/\s+/g, ' ')).toContain(title);
  });
});

describe.each(NAMED_COMMANDS)('the help of %s', (name, command) => {
  it('has each declared option, with its default and its variable, and no other', async () => {
    const { code, stdout, stderr } = await runCli(cli, [name, '--help']);
    const text = stdout.replace(/\s+/g, ' ');

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^Usage: [^]+\n\nExamples:\n( {2}.+\n){3,}\n[^]+\nExit code: .+\n[^]*Documentation: .+\n$/,
    );
    expect(stdout.split('\n').filter((line) => line.length > 100 && !line.includes(' | '))).toEqual([]);
    expect(flagsIn(stdout)).toEqual(sorted(declared(command).map(({ flag }) => flag)));
    for (const { flag, value, about, env, default: byDefault } of declared(command)) {
      expect(text).toContain(`${value === undefined ? flag : `${flag} ${value}`} ${about}`);
      if (env !== undefined) expect(text).toContain(`; else ${env}`);
      if (byDefault !== undefined) expect(text).toContain(`(default ${byDefault})`);
    }
  });

  it('says of an option the same for each form', () => {
    const options = declared(command);
    const different = options.filter(({ flag, ...rest }) =>
      options.some(
        (other) =>
          other.flag === flag &&
          JSON.stringify({ ...other, flag: '' }) !== JSON.stringify({ flag: '', ...rest }),
      ),
    );

    expect(different.map(({ flag }) => flag)).toEqual([]);
  });
});

describe.each(NAMED_FORMS)('the parser of %s', (_, { command, form }) => {
  it('knows every option of the help, and refuses another', async () => {
    const line = fullLine(command, form);
    const { code, stdout, stderr } = await runCli(cli, [...line, '--not-an-option']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^log-drain: unknown option '?--not-an-option'?\. Try 'log-drain \w+ --help'\.\n$/,
    );
  });

  it('can read every default', () => {
    expect(readOptions(form.options, {}, {}).kind).toBe('values');
  });
});

describe('the parser', () => {
  it('knows no option but those declared', () => {
    const noop = async (): Promise<void> => undefined;
    const parser = createParser({ commands: COMMANDS, help: () => '', version: '0', onLine: noop });

    for (const { command, form } of FORMS) {
      const own = parser.commands.find((one) => one.name() === command.name);
      const parsed = own?.commands.find((one) => one.name() === form.subcommand) ?? own;
      const known = (parsed?.options ?? []).map(({ long }) => long ?? '');
      const flags = form.run === undefined ? [] : Object.values(form.options).map(({ flag }) => flag);
      expect([command.name, sorted(known)]).toEqual([command.name, sorted(flags)]);
    }
  });

  it.each(['secrets', 'parked'])('asks for a subcommand of %s', async (name) => {
    const none = await runCli(cli, [name]);
    const unknown = await runCli(cli, [name, 'frobnicate']);

    expect([none.code, unknown.code]).toEqual([2, 2]);
    expect(none.stderr).toContain(`${name} needs a subcommand: `);
    expect(unknown.stderr).toContain(`${name} has no subcommand "frobnicate": `);
  });
});
