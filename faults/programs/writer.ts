/** An agent that writes by a plan: `writer.mjs PLAN-FILE TIMES-FILE`. Its writes block, as print does. */
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { type Plan, type Step, type StreamName, writesOfLines } from '../stage/plan.ts';

const [, , planFile = '', timesFile = ''] = process.argv;
const plan = JSON.parse(readFileSync(planFile, 'utf8')) as Plan;
const cell = new Int32Array(new SharedArrayBuffer(4));
const FILE_DESCRIPTORS: Readonly<Record<StreamName, number>> = { stdout: 1, stderr: 2 };

let writingMs = 0;
let lines = 0;

function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}

function write(stream: StreamName, chunk: Buffer): void {
  const started = performance.now();
  for (let at = 0; at < chunk.length; ) {
    try {
      at += writeSync(FILE_DESCRIPTORS[stream], chunk, at);
    } catch (error) {
      // A pipe that someone made non-blocking: Node's own stdout would wait as well.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      sleep(1);
    }
  }
  writingMs += performance.now() - started;
}

function writeLines(step: Step & { readonly kind: 'lines' }): void {
  const started = performance.now();
  let due = 0;
  for (const chunk of writesOfLines(plan, step, lines)) {
    write(step.stream ?? 'stdout', chunk);
    due += (Math.max(step.perWrite ?? 1, 0) * 1000) / (step.rate ?? Number.POSITIVE_INFINITY);
    sleep(started + due - performance.now());
  }
  lines += step.count;
}

function saveTimes(): void {
  writeFileSync(timesFile, JSON.stringify({ writingMs }));
}

/** The shipper is our parent. */
function killShipper(withSender: boolean): void {
  const siblings = readFileSync(`/proc/${process.ppid}/task/${process.ppid}/children`, 'latin1');
  const isSender = (pid: number): boolean =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('sender.mjs');
  const senders = siblings.split(' ').filter(Boolean).map(Number).filter(isSender);
  for (const pid of [process.ppid, ...(withSender ? senders : [])]) process.kill(pid, 'SIGKILL');
  process.exit(0);
}

process.on('exit', saveTimes);
for (const step of plan.steps) {
  switch (step.kind) {
    case 'lines':
      writeLines(step);
      break;
    case 'bytes':
      for (let i = 0; i < (step.times ?? 1); i += 1) {
        write(step.stream ?? 'stdout', Buffer.from(step.base64, 'base64'));
      }
      break;
    case 'wait':
      sleep(step.ms);
      break;
    case 'tell':
      writeFileSync(step.file, '');
      break;
    case 'wait-for':
      while (!existsSync(step.file)) sleep(5);
      break;
    case 'exit':
      process.exit(step.code);
      break;
    case 'die':
      saveTimes();
      process.kill(process.pid, step.signal);
      sleep(10_000);
      break;
    case 'ignore':
      // Nobody will ever listen: this program never comes to its event loop.
      process.on(step.signal, () => {});
      break;
    case 'kill-shipper':
      killShipper(step.sender);
      break;
  }
}
