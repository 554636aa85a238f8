/** Undoes how the syslog destination writes control characters and what looks like one written so. */
export function unescapeControls(text: string): string {
  if (!text.includes('#0')) return text;
  return text.replace(/#(0[0-3][0-7]|043)/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Writes what `unescapeControls` would take for an escape so that it stays as it is. */
export function escapeHashes(text: string): string {
  return text.replace(/#(?=0[0-3][0-7]|043)/g, '#043');
}
