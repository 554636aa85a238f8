/** As many of the values as that, in order: least and largest, and what lies at even steps between them. */
export function evenSample(values: readonly number[], most: number): readonly number[] {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length <= most) return sorted;
  const step = (sorted.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => sorted[Math.round(i * step)] ?? 0);
}
