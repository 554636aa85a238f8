import { type ChildProcess, spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import { CONTAINER_PROGRAM } from './container-program.ts';
import { DEFAULT_REGION, type HostedOptions } from './options.ts';

/**
 * Starts a container's process. Nothing is inherited, and the SDK finds no profile and no instance role:
 * a developer's credentials never reach a function.
 */
export function startContainerProcess({ bundle, env, name, memoryMb }: HostedOptions): ChildProcess {
  const args = [`--max-old-space-size=${memoryMb}`, '--input-type=module', '--eval', CONTAINER_PROGRAM];
  return spawn(process.execPath, args, {
    cwd: dirname(bundle),
    // In a session of its own: Ctrl-C in a terminal asks us to end, and the functions still have lines on their way.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: {
      AWS_REGION: DEFAULT_REGION,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      LAMBDA_TASK_ROOT: dirname(bundle),
      _HANDLER: 'index.handler',
      TZ: ':UTC',
      ...env,
    },
  });
}
