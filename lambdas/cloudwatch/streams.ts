import type { LogsClient } from './client.ts';
import { isAlreadyThere, isMissing } from './fault.ts';

/** Makes the log stream of a worker, and its log group if that is missing too. Errors are the SDK's. */
export type EnsureStream = (group: string, stream: string, signal: AbortSignal) => Promise<void>;

async function unlessThere(making: Promise<void>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  }
}

/** Runs work of one name once at a time: whoever comes while it runs shares its end. */
function sharing(): (name: string, work: () => Promise<void>) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  return (name, work) => {
    const shared = running.get(name) ?? work().finally(() => running.delete(name));
    running.set(name, shared);
    return shared;
  };
}

/**
 * Makes streams only when a put has found them missing, since CreateLogStream is limited to 50 calls a second in an
 * account and region, and since the specification's permissions hold no Describe call:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
 */
export function createStreams(client: LogsClient): EnsureStream {
  const once = sharing();

  async function make(group: string, stream: string, signal: AbortSignal): Promise<void> {
    try {
      await unlessThere(client.createLogStream(group, stream, signal));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await once(group, () => unlessThere(client.createLogGroup(group, signal)));
      await unlessThere(client.createLogStream(group, stream, signal));
    }
  }

  return (group, stream, signal) => once(`${group}:${stream}`, () => make(group, stream, signal));
}
