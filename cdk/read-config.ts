import type { z } from 'zod';
import { type AppConfig, appSchema, DESTINATION_IDS, type DrainConfig, drainSchema } from './config.ts';

/** What is wrong with what the user gave us: its message is all that needs to be shown. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const step of [...path, undefined]) {
    while (hasInner(at)) at = at.def.innerType;
    if (step !== undefined) at = shapeOf(at)[String(step)];
  }
  return Object.keys(shapeOf(at));
}

function hasInner(schema: unknown): schema is { readonly def: { readonly innerType: unknown } } {
  return 'innerType' in (schema as { readonly def: object }).def;
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> {
  return (schema as { readonly shape?: Readonly<Record<string, unknown>> }).shape ?? {};
}

/** Every key that a schema knows, `outer.inner` for those within another. */
export function keysOf(schema: z.ZodType, path: readonly string[] = []): readonly string[] {
  return keysAt(schema, path).flatMap((key) => {
    const inner = keysOf(schema, [...path, key]);
    return inner.length > 0 ? inner : [[...path, key].join('.')];
  });
}

function problemOf(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const at = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => [...issue.path, key].join('.')).join(', ');
    return `${unknown} is not known; the keys${at === '' ? '' : ` of ${at}`} are ${keysAt(schema, issue.path).join(', ')}`;
  }
  const name = at === '' ? 'the configuration' : at;
  return issue.message.startsWith('Invalid input') ? `${name}: ${issue.message}` : `${name} ${issue.message}`;
}

function parse<S extends z.ZodType>(schema: S, raw: unknown, where: string): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = [...new Set(result.error.issues.map((issue) => problemOf(issue, schema)))];
  throw new ConfigError(
    [`${where} cannot be used:`, ...problems.map((problem) => `  - ${problem}`)].join('\n'),
  );
}

/** `-c destinations=a,b` or `all`, in place of the list in the context. */
function withOverride(context: unknown, destinations: unknown): unknown {
  if (typeof destinations !== 'string') return context;
  const ids = destinations === 'all' ? DESTINATION_IDS : destinations.split(',').map((id) => id.trim());
  return { ...Object(context), destinations: ids };
}

/** Reads the app's context; throws a ConfigError that lists every mistake in it. */
export function readAppConfig(context: unknown, destinations?: unknown): AppConfig {
  const where = 'The context key log-drain (cdk.json, -c destinations=…)';
  return parse(appSchema, withOverride(context, destinations), where);
}

/** Reads what a `LogDrain` is given; throws a ConfigError that lists every mistake in it. */
export function readDrainConfig(input: unknown): DrainConfig {
  return parse(drainSchema, input, "LogDrain's properties");
}
