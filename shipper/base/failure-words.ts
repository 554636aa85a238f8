/** By the code or the name of an error: what it means for a program that cannot be loaded or started, and what to do. */
const WORDS = new Map([
  ...words(
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ENOENT'],
    'a file of log-drain is missing: install it again',
  ),
  ...words(
    ['EACCES', 'EPERM'],
    'a file of log-drain cannot be read: give this user the right to read all of them',
  ),
  ...words(['SyntaxError'], 'a file of log-drain is damaged: install it again'),
  ...words(
    ['EMFILE', 'ENFILE'],
    'there are too few file descriptors: raise the limit of open files (ulimit -n)',
  ),
  ...words(['EAGAIN'], 'the system has no process to spare: raise the limit of processes (ulimit -u, pids)'),
  ...words(['ENOMEM'], 'there is too little memory: give the container more'),
]);

function words(codes: readonly string[], text: string): readonly (readonly [string, string])[] {
  return codes.map((code) => [code, text]);
}

/** Why a part of ours does not run, in plain words without anything of the error's own, which may hold anything. */
export function failureWords(error: unknown): string {
  if (!(error instanceof Error)) return 'internal error (unknown)';
  const code = 'code' in error ? String(error.code) : '';
  return WORDS.get(code) ?? WORDS.get(error.name) ?? `internal error (${error.name})`;
}

/** The same from what a program of ours wrote before it ended; undefined where that does not tell. */
export function failureWordsIn(text: string): string | undefined {
  if (/\bMODULE_NOT_FOUND\b|\bERR_MODULE_NOT_FOUND\b/.test(text)) return WORDS.get('ENOENT');
  if (/\bEACCES\b.*\.mjs'/.test(text)) return WORDS.get('EACCES');
  if (/\bEMFILE\b/.test(text)) return WORDS.get('EMFILE');
  return /^SyntaxError/m.test(text) && !text.includes('JSON.parse') ? WORDS.get('SyntaxError') : undefined;
}
