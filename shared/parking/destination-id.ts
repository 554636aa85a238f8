/**
 * What a destination may be called, as text of a regular expression: lower-case words and numbers joined by hyphens,
 * such as `s3` or `otlp-http`. Ids stand in keys of parked objects, names of secrets and names of functions.
 */
export const DESTINATION_ID = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*';

const MAX_CHARS = 32;
const WHOLE = new RegExp(`^${DESTINATION_ID}$`);

/** Whether the text can be a destination's id. */
export function isDestinationId(text: string): boolean {
  return text.length <= MAX_CHARS && WHOLE.test(text);
}

/** The id, for a key of a parked object. Throws a RangeError for one that redrive would not find again. */
export function checkedDestinationId(id: string): string {
  if (!isDestinationId(id)) throw new RangeError(`"${id}" cannot be the id of a destination.`);
  return id;
}
