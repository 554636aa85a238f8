import { z } from 'zod';

/** What is known of the weaknesses of our dependencies. */
export type Verdict =
  | { readonly kind: 'did-not-run'; readonly why: string }
  | {
      readonly kind: 'ran';
      readonly packages: number;
      /** `name: severity: title (page)`, the worst first; those that must be fixed. */
      readonly serious: readonly string[];
      /** Below that. */
      readonly others: number;
    };

const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info'] as const;
const SERIOUS = new Set<string>(['critical', 'high']);

const advisory = z.object({ title: z.string(), url: z.string().optional() });

/** https://docs.npmjs.com/cli/commands/npm-audit : report version 2. */
const report = z.object({
  vulnerabilities: z.record(
    z.string(),
    // By `via` either an advisory, or the name of a dependency that has one.
    z.object({ severity: z.enum(SEVERITIES), via: z.array(z.union([advisory, z.string()])) }),
  ),
  metadata: z.object({ dependencies: z.object({ prod: z.number() }) }),
});

const failure = z.object({ statusCode: z.number().optional(), message: z.string().default('') });
/** What the system or npm calls a fault of the network. */
const CODE = /\bE[A-Z_]{4,}\b/;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Judges what `npm audit --json` printed. Never names the registry, which may be somebody's own. */
export function judgeAudit(output: string): Verdict {
  const json = parseJson(output);
  const { data } = report.safeParse(json);
  if (data === undefined) return { kind: 'did-not-run', why: reasonOf(json) };
  const found = Object.entries(data.vulnerabilities).sort(
    ([, a], [, b]) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  const serious = found.filter(([, { severity }]) => SERIOUS.has(severity));
  return {
    kind: 'ran',
    packages: data.metadata.dependencies.prod,
    serious: serious.map(([name, { severity, via }]) => `${name}: ${severity}: ${via.map(words).join('; ')}`),
    others: found.length - serious.length,
  };
}

function words(via: z.infer<typeof advisory> | string): string {
  if (typeof via === 'string') return `through ${via}`;
  return via.url === undefined ? via.title : `${via.title} (${via.url})`;
}

function reasonOf(json: unknown): string {
  const { data } = failure.safeParse(json);
  if (data?.statusCode !== undefined) return `the registry answered ${data.statusCode} to the question`;
  if (data === undefined) return 'npm gave no report';
  return `the registry was not reached (${CODE.exec(data.message)?.[0] ?? 'unknown'})`;
}
