/**
 * The agent id in the text of a livekit.toml: `id` in the table `[agent]`, as LiveKit's own tool writes it.
 * Not a TOML reader: other spellings of the same (inline tables, escapes in strings) are not found.
 */
export function agentIdFromToml(text: string): string | undefined {
  let table = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^[\]]+?)\s*\]\s*(?:#.*)?$/.exec(line);
    if (header !== null) table = header[1] ?? '';
    const id = /^\s*id\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/.exec(line);
    if (table === 'agent' && id !== null) return id[1] ?? id[2];
  }
  return undefined;
}
