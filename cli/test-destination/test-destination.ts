import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type AnyDestination, loadDestination } from '../../lambdas/load-destination.ts';
import { createByteWriter } from '../../shared/destination/byte-writer.ts';
import type { DestinationClient, EncodedRequest, Line } from '../../shared/destination/contract.ts';
import { maskedAnswer } from '../../shared/destination/masked-answer.ts';
import type { Outcome, Rest } from '../../shared/destination/outcome.ts';
import { ownEnvironment, readFunctionEnvironment } from '../../shared/settings/environment.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import { destinationId } from '../base/destinations.ts';
import { CommandProblem } from '../base/errors.ts';
import type { Output } from '../base/output.ts';
import { createSecretsStore, secretName } from '../secrets/store.ts';
import { valuesOf } from '../settings-file/given.ts';
import { readSettingsFile } from '../settings-file/settings-file.ts';
import { TEST_AGENT, type TestOptions } from './options.ts';

const TEST_WORKER = 'log-drain-test';
const ATTEMPT_MS = 15_000;

type Values = Readonly<Record<string, string>>;

/** `log-drain test`: one marked line, sent by the destination's own code. Resolves to the exit code. */
export async function testDestination(name: string, options: TestOptions, output: Output): Promise<number> {
  const destination = await loadDestination(destinationId(name));
  const { agent, json } = options;
  const { values, from } = await settingsOf(destination, options);
  const { drain, secretParts } = openDrain(destination, values, from);
  const text = `log-drain test ${randomUUID()} from ${hostname()}`;
  const began = performance.now();
  try {
    const outcome = await drain.prepare(requestOf(drain, agent ?? TEST_AGENT, text))(
      AbortSignal.timeout(ATTEMPT_MS),
    );
    const latencyMs = Math.round(performance.now() - began);
    const secrets = [...Object.values(values), ...secretParts];
    return tell({ destination, outcome, latencyMs, text, secrets, from }, { output, json });
  } finally {
    await drain.close?.();
  }
}

interface FoundSettings {
  readonly values: Values;
  /** A file's or a secret's name. */
  readonly from: string;
}

async function settingsOf(
  { manifest: { id } }: AnyDestination,
  { env, agent, prefix }: TestOptions,
): Promise<FoundSettings> {
  if (env !== undefined) {
    const given = await readSettingsFile({ file: env, undone: 'nothing was sent' });
    return { values: valuesOf(given), from: env };
  }
  const store = createSecretsStore(prefix);
  const names = [
    ...(agent === undefined ? [] : [secretName(prefix, agent, id)]),
    secretName(prefix, undefined, id),
  ];
  for (const name of names) {
    const text = await store.read(name);
    if (text === undefined) continue;
    const secret = parseSecretText(text);
    if (secret.kind === 'bad') {
      throw new CommandProblem(
        `${name} cannot be used: ${secret.problem}. Replace it with log-drain secrets set --overwrite`,
      );
    }
    return { values: secret.values, from: name };
  }
  throw new CommandProblem(
    `there is no secret ${names.join(' or ')}. Make one with log-drain secrets set ${id}, or give settings with --env FILE`,
  );
}

function openDrain(
  { manifest, parse, open }: AnyDestination,
  values: Values,
  from: string,
): { readonly drain: DestinationClient; readonly secretParts: readonly string[] } {
  const parsed = parse(values);
  if (parsed.kind === 'on') {
    const { settings } = parsed;
    const drain = open(settings, readFunctionEnvironment(ownEnvironment()).network);
    return { drain, secretParts: settings.secretParts ?? [] };
  }
  const why = parsed.kind === 'off' ? parsed.why : parsed.problems.join('; ');
  throw new CommandProblem(`${manifest.id} is not sent to with the settings of ${from}: ${why}`);
}

function requestOf(drain: DestinationClient, agentId: string, text: string): EncodedRequest {
  const head = { agentId, workerId: TEST_WORKER };
  const bytes = Buffer.from(text);
  const nowMs = Date.now();
  const line: Line = {
    workerId: TEST_WORKER,
    bytes,
    start: 0,
    end: bytes.length,
    timeMs: nowMs,
    originalTimeMs: undefined,
    stream: 'stdout',
    level: 'info',
    seq: 0,
  };
  const writer = createByteWriter();
  const encoder = drain.encoder(head);
  encoder.begin?.(writer);
  encoder.line(writer, line, 0);
  encoder.end?.(writer);
  return { ...head, body: writer.toBuffer(), events: 1, nowMs };
}

interface Tried extends Pick<FoundSettings, 'from'> {
  readonly destination: AnyDestination;
  /** What the service's words must not be shown with. */
  readonly secrets: readonly string[];
  readonly outcome: Outcome;
  readonly latencyMs: number;
  readonly text: string;
}

const NEXT: Readonly<Record<Verdict['fate'], string>> = {
  delivered: 'Look for it in the service.',
  retry:
    'The service or the way to it has a temporary problem; real lines would wait and be sent again. Try again later.',
  split: 'The service does not take this request as it is; check the settings, its address above all.',
  rejected: 'The service takes requests, but not this line. Its words say why.',
  misconfigured:
    'Real lines would be parked. Correct the settings with log-drain secrets set, then test again.',
};

function tell(
  { destination: { manifest }, outcome, latencyMs, text, secrets, from }: Tried,
  { output: { stdout }, json }: { readonly output: Output; readonly json: boolean },
): number {
  const verdict = verdictOf(outcome);
  const confidential = { settings: secrets, lines: [text] };
  const answer = outcome.answer === undefined ? undefined : maskedAnswer(outcome.answer, confidential);
  const told = { destination: manifest.id, ...verdict, answer, latencyMs, settings: from, line: text };
  stdout.write(json ? `${JSON.stringify(told)}\n` : textOf(told));
  return verdict.passed ? 0 : 1;
}

interface Verdict {
  readonly passed: boolean;
  readonly fate: Rest['fate'] | 'rejected';
  readonly reason: string | undefined;
  /** The receiver gives no answer. */
  readonly unconfirmed: boolean;
}

function verdictOf({ accepted, rejected: [rejection], rest, unconfirmed = false }: Outcome): Verdict {
  if (rejection !== undefined) {
    return { passed: false, fate: 'rejected', reason: rejection.reason, unconfirmed };
  }
  if (rest.fate === 'delivered' || accepted.length > 0) {
    return { passed: true, fate: 'delivered', reason: undefined, unconfirmed };
  }
  return { passed: false, fate: rest.fate, reason: rest.reason, unconfirmed };
}

interface Told extends Verdict {
  readonly destination: string;
  readonly answer: string | undefined;
  readonly latencyMs: number;
  readonly settings: string;
  readonly line: string;
}

function textOf({ destination, passed, fate, reason, unconfirmed, answer, ...told }: Told): string {
  const good = unconfirmed ? 'sent, as far as can be known' : 'delivered';
  const what = passed ? good : `not delivered (${reason ?? fate})`;
  const said = answer === undefined || answer === '' ? '' : `The service said: ${answer}\n`;
  const line = passed ? ` The line: ${told.line}` : '';
  return `${destination}: ${what} in ${told.latencyMs} ms, with the settings of ${told.settings}\n${said}${NEXT[fate]}${line}\n`;
}
