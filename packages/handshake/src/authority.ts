/** The parts of the authority of a URL, `host[:port]` (RFC 3986 §3.2). */
export interface Authority {
  /** In lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Splits `host[:port]` (RFC 3986 §3.2). Returns `undefined` for text of any other form. */
export function splitAuthority(authority: string): Authority | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]/?#@\\\s]+)(?::(\d{0,5}))?$/i.exec(authority);
  if (match === null) return undefined;
  return { host: (match[1] as string).toLowerCase(), port: match[2] ? Number(match[2]) : undefined };
}

/** One spelling for each host: a name loses the dot at its end, an IPv6 address is written as in RFC 5952. */
export function canonicalHost(host: string): string {
  if (!host.startsWith('[')) return host.endsWith('.') && host.length > 1 ? host.slice(0, -1) : host;
  const groups = ipv6Groups(host.slice(1, -1));
  return groups === undefined ? host : `[${formatIpv6(groups)}]`;
}

/** Whether a host is an IPv6 address in brackets. */
export function isIpv6(host: string): boolean {
  return host.startsWith('[') && ipv6Groups(host.slice(1, -1)) !== undefined;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2); `undefined` for any other text. */
function ipv6Groups(address: string): number[] | undefined {
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  // The last two groups may be written as an IPv4 address.
  const mapped = /^(.*:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const bytes = mapped?.slice(2).map(Number) ?? [];
  if (bytes.some((byte) => byte > 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const plain = mapped === null ? text : `${mapped[1] ?? ''}${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  const groups = plain.split(':');
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}

function hex(group: number): string {
  return group.toString(16);
}

// RFC 5952 §4.2: `::` replaces the longest run of zero groups, if it has at least two; the first of several such runs.
function formatIpv6(groups: readonly number[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.map(hex).join(':');
  const head = groups.slice(0, best.start).map(hex).join(':');
  return `${head}::${groups
    .slice(best.start + best.length)
    .map(hex)
    .join(':')}`;
}
