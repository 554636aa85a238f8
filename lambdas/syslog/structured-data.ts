/** STRUCTURED-DATA of RFC 5424 section 6.3, as it stands in every message. */
export interface StructuredData {
  /** Elements in their brackets, or `-`. */
  readonly text: string;
  /** What of it must not be shown by itself either: of IDs what precedes `@`, and values as written and as meant. */
  readonly secrets: readonly string[];
  /** What is unusual about it and may be meant, in words. */
  readonly warnings: readonly string[];
}

/** Bytes of UTF-8, brackets included: the longest header and this fit below MIN_MAX_BYTES. */
const MAX_STRUCTURED_DATA = 512;
/** RFC 5424 section 6: the longest SD-ID and PARAM-NAME. */
const MAX_NAME = 32;

/** Printable ASCII but space, `"`, `=` and `]`. */
const NAME = '[!#-<>-\\\\^-~]';
/** `"`, `\` and `]` stand behind a `\`; a `\` before anything else stands for itself. */
const VALUE = '(?:[^"\\\\\\]]|\\\\[^])*';
const ID = new RegExp(`\\[(${NAME}+)(?=[ \\]]|$)`, 'y');
const PARAMETER = new RegExp(` ${NAME}{1,${MAX_NAME}}="(${VALUE})"`, 'y');
/** Vendors' examples have a space before it, the RFC has none. */
const CLOSE = / *\]/y;

type Faults = readonly (readonly [RegExp, string])[];

/** What is wrong where no element begins. */
const NO_ELEMENT: Faults = [
  [/^\[(?:[\] ]|$)/, 'an element has no ID, which must come right after the ['],
  [/^\[/, 'an ID may hold only printable ASCII other than = ] and "'],
  [/^/, 'nothing may stand between elements or after the last ]'],
];

/** What is wrong where an element neither goes on nor ends. */
const NO_PARAMETER: Faults = [
  [/^ *$/, 'an element is not closed: end it with ]'],
  [new RegExp(`^ ${NAME}{${MAX_NAME + 1},}=`), `a name may have at most ${MAX_NAME} characters`],
  [new RegExp(`^ ${NAME}+=(?!")`), 'a value is not in double quotes: write name="value"'],
  [new RegExp(`^ ${NAME}+="${VALUE}\\][^]*"`), 'a value holds a bare ]: write \\] there'],
  [new RegExp(`^ ${NAME}+="`), 'a value has no closing double quote, or none without a \\ before it'],
  [/^ {2}/, 'parameters are one space apart, not more'],
  [/^ /, 'a parameter is not like name="value", with a name of printable ASCII other than = ] and "'],
  [/^/, 'a value goes on after its closing double quote: write \\" for one within a value'],
];

function faultIn(faults: Faults, text: string): string {
  return faults.find(([pattern]) => pattern.test(text))?.[1] ?? '';
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

interface Element {
  readonly id: string;
  readonly text: string;
  readonly values: readonly string[];
  /** Where the text goes on after it. */
  readonly end: number;
}

/** The element that begins at `start`, or what is wrong with it. */
function elementAt(source: string, start: number): Element | string {
  const [opening = '', id = ''] = matchAt(ID, source, start) ?? [];
  if (id === '') return faultIn(NO_ELEMENT, source.slice(start));
  const values: string[] = [];
  let at = start + opening.length;
  for (let found = matchAt(PARAMETER, source, at); found !== null; found = matchAt(PARAMETER, source, at)) {
    values.push(found[1] ?? '');
    at += found[0].length;
  }
  const close = matchAt(CLOSE, source, at);
  if (close === null) return faultIn(NO_PARAMETER, source.slice(at));
  return { id, text: `${source.slice(start, at)}]`, values, end: at + close[0].length };
}

const unescaped = (value: string): string => value.replace(/\\(["\\\]])/g, '$1');

function secretsOf({ id, values }: Element): readonly string[] {
  return [id.replace(/@.*/, ''), ...values, ...values.map(unescaped)];
}

function warningsOf(ids: readonly string[]): readonly string[] {
  const long = `has an ID of more than ${MAX_NAME} characters, which Loggly and Sumo Logic want and RFC 5424 forbids`;
  const bare =
    'has an ID without @ and a number, as in TOKEN@41058, which only IDs of RFC 5424 itself can do without';
  return [
    ...(ids.some(({ length }) => length > MAX_NAME) ? [long] : []),
    ...(ids.some((id) => !/@\d/.test(id)) ? [bare] : []),
  ];
}

/** Reads what a user typed, with brackets around it or not; a string says in words what is wrong with it. */
export function readStructuredData(typed: string): StructuredData | string {
  if (typed === '-') return { text: typed, secrets: [], warnings: [] };
  const source = typed.startsWith('[') ? typed : `[${typed}]`;
  if (Buffer.byteLength(source) > MAX_STRUCTURED_DATA) return `it has more than ${MAX_STRUCTURED_DATA} bytes`;
  if (/[\p{Cc}\p{Cs}]/u.test(source)) return 'it holds a control character or half a character';
  const elements: Element[] = [];
  for (let at = 0; at < source.length; at = elements.at(-1)?.end ?? source.length) {
    const element = elementAt(source, at);
    if (typeof element === 'string') return element;
    elements.push(element);
  }
  const ids = elements.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return 'two elements have the same ID: put all its parameters into one';
  return {
    text: elements.map(({ text }) => text).join(''),
    secrets: [...new Set(elements.flatMap(secretsOf))],
    warnings: warningsOf(ids),
  };
}
