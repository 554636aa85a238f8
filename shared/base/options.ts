/** How the text of an option becomes its value. */
export interface OptionType<T> {
  /** Returns undefined for text that is no such value, or throws an error that says in its own words what is wrong. */
  readonly parse: (text: string) => T | undefined;
  /** What is wrong with such text, as words that follow the flag: `must be drop or block (got "x")`. */
  readonly problem: (text: string) => string;
}

/** One option of a command as plain data: its parser and its help are both made from this. */
export interface OptionSpec {
  /** `--since`. A switch named `--no-…` is true unless it is given. */
  readonly flag: `--${string}`;
  /** What the help calls its value, `TIME`; a switch has none. */
  readonly value?: string;
  /** Text by default. */
  readonly type?: OptionType<unknown>;
  /** It may be given several times, and its value is a list. */
  readonly repeatable?: true;
  /** The environment variable that is read if the flag is not given; an empty one counts as unset. */
  readonly env?: string;
  /** Read like a given value if there is neither flag nor variable. */
  readonly default?: string;
  /** For the help: what it does. */
  readonly about: string;
  /** For the help: where the command itself looks for the value if the flag is not given, in this order. */
  readonly elsewhere?: readonly string[];
  /** For the help: the default in words, if it is not a value. */
  readonly defaultWords?: string;
  /** For the help: the command itself refuses to run without it. */
  readonly required?: true;
}

/** An option with the heading under which the help lists it. */
export type GroupedOption = OptionSpec & { readonly group: string };

/** The options of a command by the names that its code uses, in the order of the help. */
export type Options = Readonly<Record<string, GroupedOption>>;

/** What is read by `readOptions`: a boolean for each switch, else text or what its type makes of it. */
export type OptionValues<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> };

type ValueOf<Option> = Option extends { readonly value: string } ? GivenValue<Option> : boolean;

type GivenValue<Option> = Option extends { readonly repeatable: true }
  ? readonly string[]
  : TypedValue<Option> | (Option extends { readonly default: string } ? never : undefined);

type TypedValue<Option> = Option extends { readonly type: OptionType<infer T> } ? T : string;

type Grouped<O> = { readonly [Name in keyof O]: O[Name] & { readonly group: string } };

/** Puts options under one heading of the help. */
export function group<const O extends Readonly<Record<string, OptionSpec>>>(
  heading: string,
  options: O,
): Grouped<O> {
  const grouped: Record<string, GroupedOption> = {};
  for (const [name, option] of Object.entries(options)) grouped[name] = { ...option, group: heading };
  return grouped as Grouped<O>;
}

/** What a command line gives, by the options' names: text, all texts of a repeatable option, true for a switch. */
export type GivenOptions = Readonly<Record<string, string | readonly string[] | true | undefined>>;

export type ReadOptions<O extends Options> =
  | {
      readonly kind: 'values';
      readonly values: OptionValues<O>;
      /** What is wrong with variables that cannot be used, for each: the values have the defaults instead. */
      readonly passedOver: readonly string[];
    }
  | { readonly kind: 'problem'; readonly problem: string };

/**
 * Makes values of what the command line and the environment give. The first given value that cannot be used is a problem;
 * a variable that cannot be used is passed over.
 */
export function readOptions<O extends Options>(
  options: O,
  given: GivenOptions,
  env: Readonly<Record<string, string | undefined>>,
): ReadOptions<O> {
  const values: Record<string, unknown> = {};
  const passedOver: string[] = [];
  for (const [name, option] of Object.entries(options)) {
    const { flag, type } = option;
    const variable = given[name] === undefined ? readVariable(option, env) : undefined;
    if (variable?.problem !== undefined) passedOver.push(variable.problem);
    const value = rawValue(option, given[name] ?? variable?.text);
    values[name] = value;
    if (type === undefined || typeof value !== 'string') continue;
    values[name] = type.parse(value);
    if (values[name] === undefined) return { kind: 'problem', problem: `${flag} ${type.problem(value)}` };
  }
  return { kind: 'values', values: values as OptionValues<O>, passedOver };
}

interface Variable {
  /** Undefined: not set, or of no use. */
  readonly text?: string;
  readonly problem?: string;
}

function readVariable(
  { env: name, type, repeatable, value }: GroupedOption,
  env: Readonly<Record<string, string | undefined>>,
): Variable {
  if (name === undefined || value === undefined || repeatable === true) return {};
  const text = env[name]?.trim() ?? '';
  if (text === '') return {};
  if (type === undefined || type.parse(text) !== undefined) return { text };
  return { problem: `${name} ${type.problem(text)}` };
}

function rawValue(option: GroupedOption, given: GivenOptions[string]): GivenOptions[string] | false {
  if (option.value === undefined) return (given === true) !== option.flag.startsWith('--no-');
  if (option.repeatable === true) return given ?? [];
  return given ?? option.default;
}

/** Of a value that cannot be used, enough to recognise it by. */
const MAX_SHOWN_CHARS = 64;

/** A type whose messages say what is expected: `a duration such as 10s`. */
export function expecting<T>(expected: string, parse: OptionType<T>['parse']): OptionType<T> {
  const shown = (text: string): string => JSON.stringify(text.slice(0, MAX_SHOWN_CHARS));
  return { parse, problem: (text) => `must be ${expected} (got ${shown(text)})` };
}

/** The type of an option that takes one of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): OptionType<Word> {
  const expected = words.length > 2 ? `one of ${words.join(', ')}` : words.join(' or ');
  return expecting(expected, (text) => words.find((word) => word === text));
}
