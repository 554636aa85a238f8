/**
 * What runs in a container process: loads the bundle, runs its handler, one event at a time.
 *
 * It is kept as text and run with `node --eval`, since a file beside this one would not be there once the
 * command line is bundled. The parent speaks over the IPC channel; both output streams get an end mark after
 * each invocation, so that the parent knows that it has seen all of its output.
 */
export const CONTAINER_PROGRAM = `
const send = process.send.bind(process);
delete process.send;
const out = process.stdout.write.bind(process.stdout);
const err = process.stderr.write.bind(process.stderr);
let handler;
let settings;

const describe = (error) => ({
  errorType: error?.name ?? typeof error,
  errorMessage: String(error?.message ?? error),
});

async function init(message) {
  settings = message;
  try {
    handler = (await import(settings.bundleUrl)).handler;
  } catch (error) {
    return { kind: 'error', ...describe(error) };
  }
  if (typeof handler === 'function') return { kind: 'ready' };
  return { kind: 'error', errorType: 'Runtime.HandlerNotFound', errorMessage: 'the bundle exports no handler' };
}

async function invoke({ event, requestId, deadlineMs }) {
  const context = {
    ...settings.context,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  try {
    const value = await handler(JSON.parse(event), context);
    return { kind: 'result', value: JSON.stringify(value) ?? 'null' };
  } catch (error) {
    return { kind: 'error', ...describe(error) };
  }
}

process.on('disconnect', () => process.exit(0));
process.on('message', async (message) => {
  const answer = message.kind === 'init' ? await init(message) : await invoke(message);
  out(settings.endMark + '\\n');
  err(settings.endMark + '\\n');
  send(answer);
});
`;
