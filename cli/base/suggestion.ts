/** Letters to change, add or leave out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The name that was probably meant: at most a third of its letters differ. */
export function suggestionFor(given: string, names: readonly string[]): string | undefined {
  const [closest] = names
    .map((name) => ({ name, letters: distance(given.toUpperCase(), name.toUpperCase()) }))
    .sort((a, b) => a.letters - b.letters);
  return closest !== undefined && closest.letters <= closest.name.length / 3 ? closest.name : undefined;
}
