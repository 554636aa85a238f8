import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import type { CommonSettings } from '../destination/common-settings.ts';
import type { Manifest, ParsedSettings, ParseSettings } from '../destination/contract.ts';
import { levelOfWord } from '../level/words/level-of-word.ts';
import { LEVELS, type Level } from '../level/words/levels.ts';
import { pemText } from './pem.ts';
import { shownName } from './setting-name.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function isCertificates(pem: string): boolean {
  const found = pem.match(PEM_CERTIFICATE);
  if (found === null) return false;
  try {
    for (const certificate of found) void new X509Certificate(certificate);
    return true;
  } catch {
    return false;
  }
}

/** PEM certificates, as `pemText` makes them. */
export const pemCertificates = z
  .string()
  .refine(
    isCertificates,
    'must be one or more PEM certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----',
  );

export const minLevel = z
  .string()
  .transform(levelOfWord)
  .refine((level): level is Level => level !== undefined, {
    message: `must be one of ${LEVELS.join(', ')}`,
  });

/** A problem's words; zod's own are kept only where the schema gave them. */
function problemOf(issue: z.core.$ZodIssue, raw: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0] ?? 'settings');
  if (issue.path.length > 0 && raw[name] === undefined) return `${name} is required`;
  return `${name} ${issue.message}`;
}

function plainValue(value: string): string {
  return value.includes('-----BEGIN ') ? pemText(value.trim()) : value.trim();
}

/**
 * Makes a destination's parser from its zod schema of raw names. Values are trimmed, PEM texts have their lines, empty
 * ones count as absent, every problem is collected, and no value is repeated in a message unless the schema does so.
 */
export function settingsParser<S extends CommonSettings>(
  manifest: Manifest,
  schema: z.ZodType<S>,
): ParseSettings<S> {
  const known = new Set(manifest.settings.map(({ name }) => name));
  return (raw): ParsedSettings<S> => {
    const present = Object.entries(raw)
      .map(([name, value]) => [name, plainValue(value)] as const)
      .filter(([name, value]) => known.has(name) && value !== '');
    const values = Object.fromEntries(present);
    const result = schema.safeParse(values);
    if (!result.success) {
      return { kind: 'bad', problems: result.error.issues.map((issue) => problemOf(issue, values)) };
    }
    return {
      kind: 'on',
      settings: result.data,
      unknown: Object.keys(raw)
        .filter((name) => !known.has(name))
        .map(shownName),
    };
  };
}
