/** Replaces this process by a program; does not return. What cannot be loaded ends the process with a dump. */
export type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

interface Replaceable {
  readonly execve?: Execve;
}

/** Undefined before Node 22.15, and on Windows: nodejs.org/api/process.html#processexecvefile-args-env */
export function execveOf(target: object): Execve | undefined {
  return (target as Replaceable).execve;
}
