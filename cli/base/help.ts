import type { GroupedOption } from '../../shared/base/options.ts';
import type { Command, Form } from './command.ts';
import { CREDENTIALS } from './notes.ts';
import { ending, examples, nameColumnsOf, page, paragraph, type Row, rowsUnder, unbroken } from './page.ts';

/** The help of a command, made of its declaration. */
export function helpOf({ name, forms, callsAws, help }: Command): string {
  const usages = forms.map((form) => usageOf(name, form));
  const notes = [...(help.notes ?? []), ...(callsAws === true ? [CREDENTIALS] : [])];
  return page([
    [`Usage: ${usages.join('\n       ')}`],
    paragraph(help.about),
    examples(help.examples),
    ...(help.details ?? []).map(paragraph),
    ...optionParts(forms),
    ...notes.map(paragraph),
    ending(help.exitCodes, help.documentation),
  ]);
}

function usageOf(name: string, { subcommand, argument, after }: Form): string {
  const words = ['log-drain', name, subcommand, argument, '[options]', after];
  return words.filter((word) => word !== undefined).join(' ');
}

function optionParts(forms: readonly Form[]): readonly (readonly string[])[] {
  const groups = optionGroups(forms).map(({ heading, options }) => ({ heading, rows: options.map(rowOf) }));
  const columns = nameColumnsOf(groups.flatMap(({ rows }) => rows));
  return groups.map(({ heading, rows }) => rowsUnder(heading, rows, columns));
}

function rowOf({ flag, value, ...rest }: GroupedOption): Row {
  return [value === undefined ? flag : `${flag} ${value}`, aboutOf(rest)];
}

function aboutOf({ about, env, elsewhere = [], ...rest }: Omit<GroupedOption, 'flag' | 'value'>): string {
  const sources = env === undefined ? elsewhere : [env, ...elsewhere];
  const order = sources.length > 1 ? ', in this order' : '';
  const others = sources.length === 0 ? '' : `; else ${sources.join(', ')}${order}`;
  const byDefault = rest.default ?? rest.defaultWords;
  if (byDefault !== undefined) return `${about}${others} ${unbroken(`(default ${byDefault})`)}`;
  return rest.required === true ? `${about}${others} (required)` : `${about}${others}`;
}

interface OptionGroup {
  readonly heading: string;
  readonly options: readonly GroupedOption[];
}

/** The options of all forms, each once. A heading that only a later form has stands before what follows it there. */
function optionGroups(forms: readonly Form[]): readonly OptionGroup[] {
  const headings: string[] = [];
  const byFlag = new Map<string, GroupedOption>();
  for (const form of forms) {
    const options = Object.values(form.options);
    for (const option of options) if (!byFlag.has(option.flag)) byFlag.set(option.flag, option);
    let next = headings.length;
    for (const heading of [...new Set(options.map((option) => option.group))].toReversed()) {
      const known = headings.indexOf(heading);
      if (known === -1) headings.splice(next, 0, heading);
      else next = known;
    }
  }
  const all = [...byFlag.values()];
  return headings.map((heading) => ({ heading, options: all.filter(({ group }) => group === heading) }));
}
