import { readFileSync } from 'node:fs';
import { findProgram } from '../base/program-file.ts';
import { ignoredSignals } from './ignored-signals.ts';

const PREFIX = 'LOG_DRAIN_START_';
const ENV_PREFIX = `${PREFIX}ENV_`;
/** Our own, which the agent has no use for. */
const CREDENTIALS_PREFIX = 'LOG_DRAIN_AWS_';

/** Read by Node, OpenSSL, libuv and glibc in every process: meant for the agent, and set aside by the launcher. */
export const SET_ASIDE = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_V8_COVERAGE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_COMPILE_CACHE',
  'NODE_PENDING_DEPRECATION',
  'NODE_REDIRECT_WARNINGS',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  'NODE_ICU_DATA',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'OPENSSL_CONF',
  'UV_THREADPOOL_SIZE',
  'UV_USE_IO_URING',
  'LD_PRELOAD',
  'LD_AUDIT',
  'GLIBC_TUNABLES',
  'MALLOC_ARENA_MAX',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment that we were started with, as it was before the launcher. */
export function givenEnvironment(env: Environment): Record<string, string> {
  const { [`${PREFIX}ENVIRON`]: whole } = env;
  if (whole !== undefined && whole !== '') return parseEnviron(Buffer.from(whole, 'base64').toString());
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (value === undefined) return [];
      if (name.startsWith(ENV_PREFIX)) return [[name.slice(ENV_PREFIX.length), value]];
      return name.startsWith(PREFIX) ? [] : [[name, value]];
    }),
  );
}

/** As in /proc/PID/environ: each variable ends with a NUL byte. */
function parseEnviron(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\0').flatMap((variable) => {
      const at = variable.indexOf('=', 1);
      return at > 0 ? [[variable.slice(0, at), variable.slice(at + 1)]] : [];
    }),
  );
}

/** The agent's environment: the given one without our own credentials. */
export function agentEnvironment(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(givenEnvironment(env)).filter(([name]) => !name.startsWith(CREDENTIALS_PREFIX)),
  );
}

/** The environment for another process of our own: nothing in it is meant for the agent. */
export function ownProcessEnvironment(env: Environment): Record<string, string> {
  const foreign: ReadonlySet<string> = new Set(SET_ASIDE);
  const isOurs = (name: string): boolean => !name.startsWith(PREFIX) && !foreign.has(name);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isOurs(name) ? [[name, value]] : [],
    ),
  );
}

/** A command, and the files that it inherits from 3 on: `ignore` where there is a gap. */
export interface StartedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly moreStdio: readonly (number | 'ignore')[];
}

/**
 * The command with what Node took from it: ignored signals, the soft limit of open files, and inherited descriptors. A
 * shell gives these back and is replaced by the command.
 */
export function restoring([file, ...args]: readonly [string, ...string[]], env: Environment): StartedCommand {
  const fds = (env[`${PREFIX}FDS`] ?? '')
    .split(' ')
    .filter((fd) => /^[3-9]$/.test(fd))
    .map(Number);
  const last = Math.max(2, ...fds);
  const moreStdio = Array.from({ length: last - 2 }, (_, at) => (fds.includes(at + 3) ? at + 3 : 'ignore'));
  const steps = [...limitStep(env), ...signalsStep(env), ...closeStep(moreStdio)];
  // A command that is not there is best told by its own start.
  if (steps.length === 0 || findProgram(file, env['PATH']) === undefined) return { file, args, moreStdio };
  const odd = Object.entries(agentEnvironment(env)).filter(([name]) => isOdd(name));
  const withOdd = odd.length === 0 ? [] : ['env', ...odd.map(([name, value]) => `${name}=${value}`)];
  return {
    file: '/bin/sh',
    args: ['-c', [...steps, 'exec "$@"'].join('; '), 'sh', ...withOdd, file, ...args],
    moreStdio,
  };
}

/** A shell drops the variable, or changes it. */
function isOdd(name: string): boolean {
  return !/^[A-Za-z_]\w*$/.test(name) || ['IFS', 'OPTIND', 'PPID'].includes(name);
}

function limitStep({ [`${PREFIX}NOFILE`]: soft = '' }: Environment): readonly string[] {
  return /^(\d+|unlimited)$/.test(soft) && soft !== softLimit() ? [`ulimit -S -n ${soft}`] : [];
}

/** Our own soft limit of open files; undefined where the system does not tell. */
function softLimit(): string | undefined {
  try {
    return /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}

function signalsStep(env: Environment): readonly string[] {
  const numbers = ignoredSignals(env);
  return numbers.length === 0 ? [] : [`trap '' ${numbers.join(' ')}`];
}

function closeStep(moreStdio: StartedCommand['moreStdio']): readonly string[] {
  return moreStdio.flatMap((fd, at) => (fd === 'ignore' ? [`exec ${at + 3}<&-`] : []));
}
