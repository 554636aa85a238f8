/** What resolv.conf(5) says of names that are short for others. */
export interface SearchList {
  readonly domains: readonly string[];
  /** A name with so many dots is asked for as it is first. */
  readonly dots: number;
}

const MAX_DOTS = 15;

/** The last `search` or `domain` line counts, and the last `ndots` option. */
export function parseSearchList(text: string): SearchList {
  let domains: readonly string[] = [];
  let dots = 1;
  for (const line of text.split(/\r?\n/)) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') domains = words;
    else if (keyword === 'domain') domains = words.slice(0, 1);
    else if (keyword === 'options') {
      const found = words
        .map((word) => /^ndots:(\d+)$/.exec(word)?.[1])
        .findLast((digits) => digits !== undefined);
      if (found !== undefined) dots = Math.min(Number(found), MAX_DOTS);
    }
  }
  return {
    domains: domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''),
    dots,
  };
}

/** The whole names that a name may stand for, in the order in which they are asked for. */
export function wholeNames(name: string, { domains, dots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const longer = domains.map((domain) => `${name}.${domain}`);
  const has = name.split('.').length - 1;
  return has >= dots ? [name, ...longer] : [...longer, name];
}
