import { type AnyDestination, loadDestination } from '../../lambdas/load-destination.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import { destinationId } from '../base/destinations.ts';
import { CommandProblem, UsageProblem } from '../base/errors.ts';
import { counted, type Output } from '../base/output.ts';
import { type GivenSetting, valuesOf, wordsForUnknown } from '../settings-file/given.ts';
import type { SetOptions } from './options.ts';
import { readSettings } from './settings-input.ts';
import { createSecretsStore, secretName } from './store.ts';

type Values = Readonly<Record<string, string>>;

/** `log-drain secrets set`: stores settings that the destination itself accepts. Resolves to the exit code. */
export async function setSecrets(
  destinationName: string,
  options: SetOptions,
  io: Output & { readonly stdin: AsyncIterable<unknown> },
): Promise<number> {
  const id = destinationId(destinationName);
  const given = await readSettings({ pairs: options.secrets, file: options.secretsFile, stdin: io.stdin });
  if (given.length === 0) throw new UsageProblem('no settings were given: use --secrets or --secrets-file');
  const destination = await loadDestination(id);
  refuseUnknown(given, destination);
  const { agent, prefix } = options;
  const store = createSecretsStore(prefix);
  const name = secretName(prefix, agent, id);
  const before = options.overwrite ? {} : storedValues(await store.read(name), name);
  const values = valuesOf(given);
  const merged = { ...before, ...values };
  const kept = Object.keys(before).filter((setting) => !(setting in values));
  const { why, warnings } = checked(merged, destination, kept);
  const created = await store.write(name, JSON.stringify(merged));
  const stored = Object.keys(merged).sort();
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ name, created, settings: stored, off: why, warnings })}\n`);
    return 0;
  }
  const verb = created ? 'Created' : 'Updated';
  io.stdout.write(`${verb} ${name} with ${counted(stored.length, 'setting')}: ${stored.join(', ')}.\n`);
  for (const warning of warnings) io.stderr.write(`log-drain secrets: ${warning}.\n`);
  if (why !== undefined) io.stderr.write(`log-drain secrets: nothing is sent with these settings: ${why}.\n`);
  else io.stderr.write('Functions use it within 5 minutes; a running one that was refused, at once.\n');
  return 0;
}

function refuseUnknown(given: readonly GivenSetting[], { manifest }: AnyDestination): void {
  const known = manifest.settings.map((setting) => setting.name);
  const unknown = given.filter(({ name }) => !known.includes(name));
  if (unknown.length === 0) return;
  const words = unknown.map((setting) => wordsForUnknown(setting, known));
  throw new CommandProblem(
    `${manifest.id} has no setting ${words.join(', ')}: nothing was stored. It has ${known.join(', ')}`,
  );
}

function storedValues(text: string | undefined, name: string): Values {
  if (text === undefined) return {};
  const stored = parseSecretText(text);
  if (stored.kind === 'values') return stored.values;
  throw new CommandProblem(`cannot add to ${name}: ${stored.problem}. Replace it with --overwrite`);
}

interface Checked {
  /** Why nothing would be sent, if so. */
  readonly why?: string;
  readonly warnings: readonly string[];
}

/** Throws for settings that the destination refuses. */
function checked(values: Values, { manifest, parse }: AnyDestination, kept: readonly string[]): Checked {
  const parsed = parse(values);
  if (parsed.kind === 'off') return { why: parsed.why, warnings: [] };
  if (parsed.kind === 'on') return { warnings: parsed.settings.warnings ?? [] };
  const problems = parsed.problems.join('; ');
  const also = kept.length === 0 ? '' : `. Stored before: ${kept.join(', ')}; --overwrite forgets that`;
  throw new CommandProblem(
    `${manifest.id} cannot be used with these settings, nothing was stored: ${problems}${also}`,
  );
}
