import type { WithoutUs } from './agent/without-us.ts';

/** Of all commands but `run`. */
const TOO_OLD = 3;

export interface OldNode extends Pick<WithoutUs, 'signals' | 'clock'> {
  /** One line on the version. */
  readonly problem: string;
  readonly isRun: boolean;
  /** What follows the command on the command line. */
  readonly argv: readonly string[];
  /** Of our own file. */
  readonly url: string;
}

/**
 * What we do on a Node that is too old for all the rest: with `run` the agent runs without us. Resolves to the exit code.
 * What is loaded here has to do with what Node 12 has.
 */
export async function runOnOldNode({ problem, isRun, argv, url, ...world }: OldNode): Promise<number> {
  await provideBuiltinModules(url);
  const { sayOwnLine } = await import('./base/own-line.ts');
  const { agentCommand } = await import('./options/agent-command.ts');
  const [file, ...args] = isRun ? agentCommand(argv) : [];
  if (file === undefined) {
    sayOwnLine(problem);
    return TOO_OLD;
  }
  const { readSwitch } = await import('../shared/base/variables.ts');
  if (!readSwitch(process.env, 'LOG_DRAIN_OFF').on) {
    sayOwnLine(`${problem}. The command runs without us, and nothing is sent`);
  }
  const { runWithoutUs } = await import('./agent/without-us.ts');
  return runWithoutUs({ command: [file, ...args], given: process.env, ...world });
}

/** Our bundle asks for Node's modules by this call, which older ones do not have. */
async function provideBuiltinModules(url: string): Promise<void> {
  // Not by its name, which the bundler would turn into that call.
  const name = ['mod', 'ule'].join('');
  const { createRequire } = (await import(name)) as typeof import('node:module');
  const load = createRequire(url);
  Object.assign(process, { getBuiltinModule: (id: string): unknown => load(id.replace(/^node:/, '')) });
}
