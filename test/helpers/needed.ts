import { beforeEach } from 'vitest';

/**
 * For the top of a describe whose tests need something: where it is missing they fail in CI and are skipped elsewhere.
 * `missing` says what it is and how to get it; undefined: it is there.
 */
export function needs(missing: string | undefined): void {
  if (missing === undefined) return;
  const isRequired = process.env['CI'] === 'true';
  if (!isRequired) console.warn(`Skipped: ${missing}`);
  beforeEach(({ skip }) => {
    if (isRequired) throw new Error(missing);
    skip(missing);
  });
}
