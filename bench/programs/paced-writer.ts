/** An agent that writes so many lines a second, each with the time when it was written. */
const [rate = 1, seconds = 1] = process.argv.slice(2).map(Number);
const TICK_MS = 5;
const PADDING = 'x'.repeat(150);

const total = rate * seconds;
const started = performance.now();
let written = 0;

function write(): void {
  const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * rate));
  let text = '';
  for (; written < due; written += 1) {
    text += `{"level": "INFO", "message": "${PADDING}", "number": ${written}, "written_ms": ${Date.now()}}\n`;
  }
  if (text !== '') process.stdout.write(text);
  if (written < total) setTimeout(write, TICK_MS);
}

write();
