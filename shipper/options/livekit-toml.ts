/**
 * The agent id in the text of a livekit.toml: `id` in the table `[agent]`, as LiveKit's own tool writes it.
 * Not a TOML reader: other spellings of the same (inline tables, escapes in strings) are not found.
 */
export function agentIdFromToml(text: string): string | undefined {
  let table = '';
  for (const raw of text.split('\n')) {
    // Trimmed first, so that no pattern has spaces to try in more than one way.
    const line = raw.trim();
    const header = /^\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line);
    if (header !== null) table = (header[1] ?? '').trim();
    const id = /^id\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/.exec(line);
    if (table === 'agent' && id !== null) return id[1] ?? id[2];
  }
  return undefined;
}
