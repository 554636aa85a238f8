const PREFIX = 'LOG_DRAIN_AWS_';

/**
 * The sender's environment. `LOG_DRAIN_AWS_X` becomes `AWS_X` for the sender, whose account may differ from the
 * agent's. If there is at least one, the agent's own `AWS_` variables are left out.
 */
export function senderEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => name.startsWith(PREFIX));
  if (own.length === 0) return env;
  const others = Object.entries(env).filter(([name]) => !name.startsWith('AWS_') && !name.startsWith(PREFIX));
  const renamed = own.map(([name, value]) => [name.slice('LOG_DRAIN_'.length), value] as const);
  return Object.fromEntries([...others, ...renamed]);
}
