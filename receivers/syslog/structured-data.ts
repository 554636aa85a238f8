import { isDeepStrictEqual } from 'node:util';

// RFC 5424 section 6.3, but for the length of an ID: services give out longer ones than its 32 characters.
const NAME = '[!#-<>-\\\\^-~]';
const VALUE = '(?:[^"\\\\\\]]|\\\\[^])*';
const ELEMENT = `\\[${NAME}+(?: ${NAME}{1,32}="${VALUE}")*\\]`;

/** STRUCTURED-DATA as part of a regular expression: elements, or the nil value. */
export const STRUCTURED_DATA = `(?:-|(?:${ELEMENT})+)`;

const ELEMENTS = new RegExp(ELEMENT, 'g');
const ID = new RegExp(`${NAME}+`);
const PARAMETERS = new RegExp(` (${NAME}+)="(${VALUE})"`, 'g');

interface Element {
  readonly id: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

function elementOf(text: string): Element {
  const [id = ''] = ID.exec(text.slice(1)) ?? [];
  const parameters = text.slice(1 + id.length).matchAll(PARAMETERS);
  const values = [...parameters].map(
    ([, name = '', value = '']) => [name, value.replace(/\\(["\\\]])/g, '$1')] as const,
  );
  return { id, parameters: values };
}

/** The elements of what `STRUCTURED_DATA` matches, their values without escapes. */
export function elementsOf(text: string): readonly Element[] {
  return [...text.matchAll(ELEMENTS)].map(([element]) => elementOf(element));
}

/** What is wrong with a message's structured data, in words, where a service asks for `asked`, or for none. */
export function wrongElements(text: string, asked: string | undefined): string | undefined {
  const elements = elementsOf(text);
  const ids = new Set(elements.map(({ id }) => id));
  if (ids.size < elements.length) return 'a frame has two elements of the same ID';
  if (asked === undefined) return elements.length > 0 ? 'a frame has structured data for nobody' : undefined;
  // As a service does, which compares what is said and not how it is escaped.
  const same = isDeepStrictEqual(elements, elementsOf(asked));
  return same ? undefined : 'a frame does not have the structured data that is asked for';
}
