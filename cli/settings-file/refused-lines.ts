/** Lines that cannot be read, numbered from 1, and what to type instead: without any part of them. */
export interface RefusedLines {
  readonly first: number;
  readonly last: number;
  readonly why: string;
}

/** All of them in one line, those with the same reason together. */
export function wordsForRefused(refused: readonly RefusedLines[]): string {
  const reasons = [...new Set(refused.map(({ why }) => why))];
  return reasons
    .map((reason) => `${placesOf(refused.filter(({ why }) => why === reason))}: ${reason}`)
    .join('; ');
}

/** `line 2`, `lines 2, 4 to 6 and 9`. */
function placesOf(refused: readonly RefusedLines[]): string {
  const places = adjacentJoined(refused).flatMap(({ first, last }) =>
    last - first > 1 ? `${first} to ${last}` : [...new Set([first, last])].map(String),
  );
  const [only = ''] = places;
  if (places.length === 1) return `${only.includes(' ') ? 'lines' : 'line'} ${only}`;
  return `lines ${places.slice(0, -1).join(', ')} and ${places.at(-1)}`;
}

function adjacentJoined(refused: readonly RefusedLines[]): readonly RefusedLines[] {
  const joined: RefusedLines[] = [];
  for (const lines of refused) {
    const before = joined.at(-1);
    if (before?.last !== lines.first - 1) joined.push(lines);
    else joined[joined.length - 1] = { ...before, last: lines.last };
  }
  return joined;
}
