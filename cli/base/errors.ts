/** Thrown where a command cannot go on: its message is the one line that the user sees. */
export class CommandProblem extends Error {
  override readonly name: string = 'CommandProblem';
}

/** Thrown for a command line that makes no sense; the exit code is 2. */
export class UsageProblem extends CommandProblem {
  override readonly name = 'UsageProblem';
}
