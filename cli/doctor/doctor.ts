import { z } from 'zod';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { outputOf, readStack, type Stack } from '../base/deployment.ts';
import { CommandProblem } from '../base/errors.ts';
import { counted, type Output, safeText } from '../base/output.ts';
import { lookAtAlarms } from './alarms.ts';
import { type Finding, looked } from './finding.ts';
import type { DoctorOptions } from './options.ts';
import { lookAtParked } from './parked.ts';
import { lookAtLateness, lookAtMapping, lookAtStream } from './pipeline.ts';
import { lookAtSettings } from './settings.ts';

const MARKS = { good: 'ok   ', note: 'note ', bad: 'BAD  ' } as const;

/** `log-drain doctor`: looks at a deployed stack from end to end. Resolves to the exit code: 1 if something is wrong. */
export async function doctor(options: DoctorOptions, { stdout }: Output): Promise<number> {
  const stack = await readStack(options.stack);
  const findings = [stackFinding(stack), ...(await lookAtAll(stack, Date.now()))];
  const troubles = findings.filter(({ state }) => state === 'bad').length;
  if (options.json) {
    stdout.write(`${safeText(JSON.stringify({ stack: stack.name, good: troubles === 0, findings }))}\n`);
  } else {
    for (const finding of findings) stdout.write(textOf(finding));
    stdout.write(troubles === 0 ? 'All is well.\n' : `${counted(troubles, 'trouble')} found.\n`);
  }
  return troubles === 0 ? 0 : 1;
}

function textOf({ about, state, says, next }: Finding): string {
  const step = next === undefined || next === '' ? '' : `       ${safeText(next)}\n`;
  return `${MARKS[state]} ${about}: ${safeText(says)}\n${step}`;
}

/** A creation that was rolled back ends as complete, and has left nothing. */
const FAILED = /_FAILED$|^ROLLBACK_COMPLETE$/;

/** `arn:aws:cloudformation:<region>:<account>:stack/…` */
function stackFinding({ name, arn, status }: Stack): Finding {
  const [, , , region = '', account = ''] = arn.split(':');
  const about = 'stack';
  const where = `${name} in ${region}, account ${account}`;
  if (FAILED.test(status)) {
    const next = "The stack's events in CloudFormation say why.";
    return { about, state: 'bad', says: `${where}: ${status}`, next };
  }
  if (!status.endsWith('_IN_PROGRESS')) return { about, state: 'good', says: where };
  return { about, state: 'note', says: `${where} is being changed: ${status}` };
}

async function lookAtAll(stack: Stack, nowMs: number): Promise<readonly Finding[]> {
  const functions = functionsOf(stack);
  const ids = MANIFESTS.map(({ id }) => id).filter((id): id is DestinationId => functions[id] !== undefined);
  const looks = [
    looked('stream', () => lookAtStream(outputOf(stack, 'StreamName'))),
    ...ids.map((id) => looked(`${id} mapping`, () => lookAtMapping(id, functions[id] ?? ''))),
    looked('lateness', () => lookAtLateness(functions, nowMs)),
    looked('settings', () => lookAtSettings(ids, outputOf(stack, 'SecretPrefix'))),
    looked('parked', () =>
      lookAtParked({ bucket: outputOf(stack, 'ParkingBucketName'), deployed: ids, nowMs }),
    ),
    looked('alarms', () => lookAtAlarms(stack.name)),
  ];
  return (await Promise.all(looks)).flat();
}

function functionsOf(stack: Stack): Readonly<Record<string, string>> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(outputOf(stack, 'DestinationFunctions')));
  } catch (error) {
    if (error instanceof CommandProblem) throw error;
    throw new CommandProblem(
      `the output DestinationFunctions of ${stack.name} cannot be read: deploy again with cdk deploy`,
    );
  }
}
