import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type AgentRun, startAgentRun } from './agent-run.ts';
import { missingPrograms, sampleAgentOf } from './built-programs.ts';
import { nextSteps } from './closing-words.ts';
import { type Conclusion, exitCodeOf, wordsOf } from './conclusion.ts';
import { type Ending, endingOf, type ShipperEnd, settle } from './ending.ts';
import { watchFirstDelivery } from './first-delivery.ts';
import { STALL_LIMIT_SECONDS } from './function-environment.ts';
import { tellFunctionTrouble } from './function-trouble.ts';
import { startTwin, type Twin } from './local-stack.ts';
import { type LocalResult, resultOf, tableOf } from './result.ts';
import { idsOf, type LocalIo, type LocalOptions, openSession, type Session } from './session.ts';
import { linesSetAside } from './set-aside.ts';
import { type AgentEvents, goesOn } from './stop/goes-on.ts';
import type { StopSignal } from './stop/stopping.ts';
import { type StreamWatch, watchStream } from './stream-watch.ts';
import { planTargets } from './targets.ts';

const AGENT_ID = 'CA_local';
const WORKER_ID = 'CAW_local';
/** What is on its way has this long: after a stop of the sample agent, and after the end of a command. */
const PATIENCE_MS = { sample: 3_000, command: 10_000 };

/** Runs everything on this machine and says what became of each line. Returns the exit code. */
export async function runLocal(options: LocalOptions, io: LocalIo): Promise<number> {
  const places = planTargets(options.env);
  const missing = missingPrograms(options.program, idsOf(places))[0];
  if (missing !== undefined) {
    io.stderr.write(`log-drain: ${missing} is missing: make it with npm run build\n`);
    return 1;
  }
  const session = openSession(options, io, places);
  try {
    announce(session);
    const twin = await startParts(session);
    const events = watchLines(twin, session);
    const isSample = options.command.length === 0;
    // For the sample agent one time for all, from the stop; a command ends when it ends, and then its lines have theirs.
    const sampleIsOver = isSample ? patienceOf(session) : undefined;
    const shipper = await runAgent(
      twin,
      { ...session, agentIsOver: sampleIsOver ?? session.stopping.twice },
      events,
    );
    const unsettled = await settle(twin.drains, sampleIsOver ?? patienceOf(session));
    events.drain();
    events.close();
    const isStopped = session.stopping.isStopped();
    const result = await countLines(twin, session, endingOf({ shipper, unsettled, isStopped }));
    return await tell({ result, shipper, hasStarted: events.hasStarted() }, session);
  } finally {
    session.witness.end();
  }
}

async function startParts({ options, places, display, tally, files, delivered }: Session): Promise<Twin> {
  const first = watchFirstDelivery({ ids: idsOf(places), say: display.say, now: Date.now });
  const tellTrouble = tellFunctionTrouble(display.say);
  const twin = await startTwin({
    places,
    shards: options.shards,
    faults: options.faults,
    distDir: dirname(options.program),
    // Its one agent holds up nobody: lines wait in the stream for as long as they may.
    environment: { ISOLATION_LIMIT_SECONDS: STALL_LIMIT_SECONDS },
    onAccepted: (id, event) => {
      tally.accepted(id, event);
      files?.write(id, event);
      first.accepted(id, event.timeMs);
    },
    onFunctionLog: (id, line) => {
      tellTrouble(id, line);
      if (delivered.of(id) > 0) first.accepted(id, undefined);
    },
  });
  delivered.attach(twin);
  return twin;
}

/** Sees the shipper's own lines, and all lines where they are shown. */
function watchLines({ kinesis }: Twin, { tally, display }: Session): StreamWatch & AgentEvents {
  let [started, ended] = [false, false];
  const onEvent = (worker: string, text: string): void => {
    started ||= text.includes('"AGENT_STARTED"');
    ended ||= /"AGENT_(EXITED|CRASHED)"/.test(text);
    tally.event(worker, text);
  };
  const watch = watchStream(kinesis.stream, { onEvent, onPiece: tally.piece, onLine: display.line });
  return { ...watch, hasStarted: () => started, hasEnded: () => ended };
}

interface AgentSession extends Session {
  /** Resolves when nobody waits for the agent any more. */
  readonly agentIsOver: Promise<void>;
}

/** Runs the agent to its end, or until nobody waits for it any more. */
async function runAgent(twin: Twin, session: AgentSession, events: AgentEvents): Promise<ShipperEnd> {
  const { options, stopping, tally, display } = session;
  if (stopping.isStopped()) return 'never-started';
  const isSample = options.command.length === 0;
  const agent = startAgentRun({
    program: options.program,
    command: isSample ? [process.execPath, sampleAgentOf(options.program)] : options.command,
    twin,
    agentId: AGENT_ID,
    workerId: WORKER_ID,
    onOutput: (stream, chunk) => tally.output(WORKER_ID, stream, chunk),
    onMessage: (line) => display.say(line.replace(/^log-drain: /, '')),
    copy: display.copy,
  });
  void passOnStop(agent, session, events);
  const cutOff = session.agentIsOver.then(() => 'was-cut-off' as const);
  const ended = agent.ended.then((end) => end ?? ('said-nothing' as const));
  const end = await Promise.race([ended, cutOff]);
  if (end === 'was-cut-off') await agent.kill();
  tally.end(WORKER_ID);
  return end;
}

/** When we are asked to end, so is the agent, once. */
async function passOnStop(agent: AgentRun, session: Session, events: AgentEvents): Promise<void> {
  const { stopping, display, options } = session;
  let hasEnded = false;
  void agent.ended.then(() => (hasEnded = true));
  const signal = await stopping.once;
  const wasStarted = events.hasStarted();
  if (options.command.length > 0 && !hasEnded) {
    display.say('the command is asked to end; Ctrl-C again ends at once');
  } else {
    const seconds = patienceMsOf(options) / 1_000;
    display.say(`ending; what is on its way has ${seconds} s. Ctrl-C again ends at once`);
  }
  if (await hasReachedAgent(signal, session)) {
    if (wasStarted) return;
    if (!(await goesOn({ ...events, hasEnded: () => hasEnded || events.hasEnded() }))) return;
  }
  agent.signal('SIGTERM');
}

/** A signal that a terminal sends, and many that supervisors send, go to the agent as well. */
async function hasReachedAgent(signal: StopSignal, { witness, io }: Session): Promise<boolean> {
  return (await witness.wasSentToAll()) ?? (io.terminal && signal !== 'SIGTERM');
}

/** Resolves when what is on its way is waited for no more. */
async function patienceOf({ stopping, options }: Session): Promise<void> {
  await Promise.race([stopping.once.then(() => wait(patienceMsOf(options))), stopping.twice]);
}

function patienceMsOf({ command }: LocalOptions): number {
  return PATIENCE_MS[command.length === 0 ? 'sample' : 'command'];
}

/** Ends everything, then counts: what is accepted while it ends counts too. */
async function countLines(
  twin: Twin,
  { tally, files, display }: Session,
  ending: Ending,
): Promise<LocalResult> {
  await twin.close();
  await files?.close();
  for (const drain of twin.drains) {
    const { id, receiver } = drain;
    for (const line of linesSetAside(drain, twin.parked)) tally.setAside(id, line);
    const violations = receiver?.violations ?? [];
    if (violations.length > 0) {
      display.say(
        `[${id}] its receiver saw ${violations.length} breaches of contract, first: ${violations[0]}`,
      );
    }
  }
  return resultOf(twin.drains, tally.result(), ending);
}

/** Prints the result, and what there is to say about it; returns the exit code. */
async function tell(
  { result, shipper, hasStarted }: Pick<Conclusion, 'result' | 'shipper' | 'hasStarted'>,
  { options, io, places, stopping, display }: Session,
): Promise<number> {
  const isCommand = options.command.length > 0;
  const conclusion = { result, shipper, hasStarted, isCommand, stopping };
  display.end();
  for (const words of wordsOf(conclusion)) display.say(words);
  // Some terminals go to the next row where a row is as wide as the window.
  const columns = io.stdout.isTTY ? io.stdout.columns - 1 : undefined;
  const text = options.json ? `${JSON.stringify(result)}\n` : tableOf(result, columns);
  await writeResult(io.stdout, text);
  if (!isCommand && !options.json) {
    const files = places.filter(({ kind }) => kind === 'receiver').map(({ id }) => `${id}.ndjson`);
    display.text(nextSteps({ program: options.program, cwd: io.cwd, outDir: options.outDir, files }));
  }
  return exitCodeOf(conclusion);
}

/** Rejects with what keeps it from being written; a reader that went away does not. */
function writeResult(stdout: LocalIo['stdout'], text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      const isGone = error !== null && error !== undefined && 'code' in error && error.code === 'EPIPE';
      if (isGone || !error) resolve();
      else reject(error);
    });
  });
}

/** Which destinations are real is said before the first line is sent. */
function announce({ places, options: { unknown }, display: { say } }: Session): void {
  for (const words of unknown) say(`${words} is no setting of any destination, and is left out`);
  const real = idsOf(places.filter(({ kind }) => kind === 'real'));
  const ours = idsOf(places.filter(({ kind }) => kind === 'receiver'));
  if (real.length > 0) say(`lines go to the real ${real.join(', ')}, with the settings of --env`);
  if (ours.length > 0) say(`local receivers on 127.0.0.1 stand for ${ours.join(', ')}`);
}
