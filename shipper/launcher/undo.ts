/**
 * Undoes what Node does to this process by variables that are meant for the agent, where it still can be undone: an
 * inspector's port is the agent's, and blocked outputs must leave threads for compression. Without the launcher all else
 * has its effect: docs/run.md. `env` is this process's own.
 */
export function undoAgentSettings(env: NodeJS.ProcessEnv): void {
  if (env['NODE_OPTIONS']?.includes('--inspect') === true) process.getBuiltinModule('node:inspector').close();
  // libuv reads it at the first use of its threads, which with Node 22 and later comes after this.
  delete env['UV_THREADPOOL_SIZE'];
}
