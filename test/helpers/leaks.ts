import { MANIFESTS } from '../../lambdas/registry.ts';

/** Shorter texts are met by chance, in ports and times. */
const MIN_PLANTED_CHARS = 8;

interface Form {
  readonly name: string;
  readonly text: string;
  /** Where letters of either case say the same: the form is in lower case, and so must be what is searched. */
  readonly anyCase?: boolean;
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function inAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function percentEncoded(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

/** What base64 makes of the bytes wherever they begin in what is encoded: the characters that no neighbour changes. */
function inBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = (before + bytes.length) % 3 === 0;
    return text.slice(Math.ceil((before * 8) / 6), whole ? undefined : -1);
  });
}

/** One value in all the ways in which careless code would print it. */
function formsOf(planted: string): readonly Form[] {
  const bytes = Buffer.from(planted);
  const json = inJson(planted);
  const url = encodeURIComponent(planted).toLowerCase();
  return [
    { name: 'as it is', text: planted },
    { name: 'in JSON', text: json },
    { name: 'in JSON in JSON', text: inJson(json) },
    { name: 'in JSON of ASCII alone', text: inAscii(json).toLowerCase(), anyCase: true },
    { name: 'in a URL', text: url, anyCase: true },
    { name: 'in a form', text: url.replaceAll('%20', '+'), anyCase: true },
    { name: 'in percent signs', text: [...bytes].map(percentEncoded).join(''), anyCase: true },
    { name: 'in hex', text: bytes.toString('hex'), anyCase: true },
    ...inBase64(bytes).map((text) => ({ name: 'in base64', text })),
    ...inBase64(bytes).map((text) => ({
      name: 'in base64url',
      text: text.replaceAll('+', '-').replaceAll('/', '_'),
    })),
  ];
}

/** A PEM leaks with any line of it. */
function partsOf(planted: string): readonly string[] {
  const lines = planted.split(/\r?\n|\\n/).map((line) => line.trim());
  const telling = lines.filter((line) => line.length >= MIN_PLANTED_CHARS && !line.startsWith('-----'));
  if (telling.length === 0) {
    throw new RangeError(`What is planted needs a line of at least ${MIN_PLANTED_CHARS} characters.`);
  }
  return [...new Set([planted, ...telling])];
}

/**
 * Which of the planted secrets and markers an output holds, plain or encoded, as `planted[<index>] <form>`: never the
 * text itself, so that a failing test leaks nothing either. Empty: none.
 */
export function leaksIn(output: string, planted: readonly string[]): string[] {
  const lowered = output.toLowerCase();
  return planted.flatMap((one, index) => {
    const forms = partsOf(one).flatMap(formsOf);
    const found = forms.find(({ text, anyCase }) => (anyCase === true ? lowered : output).includes(text));
    return found === undefined ? [] : [`planted[${index}] ${found.name}`];
  });
}

/** Not secret, and still nobody's business in a log. */
const UNSAID = /^AWS_ACCESS_KEY_ID$|_CA$|_CERT$/;

/** What no output may hold of a destination's settings: what its manifest calls secret, and a DSN's key by itself. */
export function secretsOf(id: string, settings: Readonly<Record<string, string>>): readonly string[] {
  const infos = MANIFESTS.find((one) => one.id === id)?.settings ?? [];
  const values = infos
    .filter(({ name, secret }) => secret || UNSAID.test(name))
    .flatMap(({ name }) => settings[name] ?? []);
  const users = values.filter((value) => URL.canParse(value)).map((value) => new URL(value).username);
  return [...values, ...users.filter((user) => user !== '')];
}
