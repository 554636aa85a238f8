/** What the sample agent says: made up, in the shapes that voice agents really write. */

/** One line, and how long to wait after it. */
export interface Step {
  readonly stream: 'stdout' | 'stderr';
  /** Without its line end; a traceback has several lines. */
  readonly text: string;
  readonly pauseMs: number;
}

/** Where the script takes time and chance from. */
export interface ScriptIo {
  /** Epoch ms. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

type Fields = Readonly<Record<string, string | number | boolean>>;

/** One line of JSON as Python's encoder writes it, with a space after each colon and comma. */
function pythonJson(fields: Fields): string {
  const members = Object.entries(fields).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  return `{${members.join(', ')}}`;
}

const CALLERS = ['night desk', 'parcel enquiry', 'table for two', 'lost luggage', 'meter reading'];
const TURNS = [
  'Could you say that number again, please?',
  'I have found two appointments on Thursday.',
  'Ihr Paket liegt an der Abholstelle.',
  'Merci, je vérifie tout de suite.',
  'お待たせしました。ご予約を確認しました。',
  'All done ✅ anything else?',
];

/** Chance, and lines in each of the shapes. */
function createPen(io: ScriptIo) {
  const pick = <T>(from: readonly T[], otherwise: T): T =>
    from[Math.floor(io.random() * from.length)] ?? otherwise;
  const id = (front: string): string =>
    front +
    Math.floor(io.random() * 2 ** 40)
      .toString(36)
      .padStart(8, '0');
  const between = (low: number, high: number): number => Math.round(low + io.random() * (high - low));

  function python(level: string, message: string, fields: Fields = {}): Step {
    const timestamp = new Date(io.now()).toISOString().replace('Z', '000+00:00');
    const text = pythonJson({ message, level, name: 'sample.agent', ...fields, timestamp });
    return { stream: 'stdout', text, pauseMs: between(150, 500) };
  }
  function pino(level: number, msg: string, fields: Fields = {}): Step {
    const text = JSON.stringify({ level, time: io.now(), pid: 41, hostname: 'sample', ...fields, msg });
    return { stream: 'stdout', text, pauseMs: between(100, 400) };
  }
  const plain = (stream: Step['stream'], text: string): Step => ({ stream, text, pauseMs: between(50, 300) });
  return { pick, id, between, python, pino, plain, chance: io.random };
}

/** Writes the lines of a worker that takes one call after another, without end. */
export function* script(io: ScriptIo): Generator<Step, never> {
  const { pick, id, between, python, pino, plain, chance } = createPen(io);

  function* trouble(callId: string): Generator<Step, void> {
    yield python('WARNING', 'speech service is slow, asking again', {
      call_id: callId,
      waited_ms: between(900, 2500),
    });
    yield plain(
      'stderr',
      [
        'Traceback (most recent call last):',
        '  File "/app/agent/speech.py", line 88, in listen',
        '    segment = await self._next_segment(deadline)',
        '  File "/app/agent/speech.py", line 131, in _next_segment',
        '    raise SegmentTimeout(f"no segment within {deadline:.1f} s")',
        'agent.speech.SegmentTimeout: no segment within 2.0 s',
      ].join('\n'),
    );
    yield python('ERROR', 'turn failed, apologising to the caller', { call_id: callId });
  }

  function* call(): Generator<Step, void> {
    const callId = id('call-');
    yield python('INFO', 'call accepted', { call_id: callId, room: pick(CALLERS, 'front desk') });
    yield pino(30, 'media connected', { callId, codec: 'opus' });
    const turns = between(2, 5);
    for (let turn = 1; turn <= turns; turn += 1) {
      yield python('DEBUG', 'caller finished speaking', {
        call_id: callId,
        turn,
        speech_ms: between(600, 6000),
      });
      yield python('INFO', pick(TURNS, 'One moment.'), {
        call_id: callId,
        turn,
        first_word_ms: between(180, 900),
      });
      if (chance() < 0.3) yield plain('stdout', `[tools] lookup("${callId}") took ${between(20, 400)} ms`);
      if (chance() < 0.15)
        yield plain('stderr', 'WARNING: audio buffer ran empty, 20 ms of silence inserted');
      if (chance() < 0.08) yield* trouble(callId);
    }
    yield pino(chance() < 0.1 ? 40 : 30, 'media closed', { callId, lostPackets: between(0, 40) });
    yield python('INFO', 'call ended', { call_id: callId, seconds: between(20, 300) });
  }

  yield python('INFO', 'starting worker', { version: '1.0.0' });
  yield plain('stdout', 'loading voice model … done');
  yield python('INFO', 'registered worker', { id: id('AW_'), region: 'local' });
  for (;;) yield* call();
}
