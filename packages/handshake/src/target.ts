import { splitAuthority } from './authority.js';

/** What a request asks for (RFC 9112 §3.2). */
export interface RequestTarget {
  /** `host[:port]` of a target in absolute form, which counts in place of `Host`; `undefined` for a path. */
  readonly authority: string | undefined;
  /** The path in one spelling, see `normalizePath`. */
  readonly path: string;
  /** The query with its `?`, as sent; `''` if there is none. */
  readonly query: string;
}

/**
 * Takes a request target apart: a path, or a URL as a client sends it through a proxy (RFC 9112 §3.2.1, §3.2.2).
 * `undefined` for anything else: `*`, a fragment, characters that no target may have.
 */
export function parseTarget(target: string): RequestTarget | undefined {
  // RFC 6455 §3: a fragment has no meaning here. Characters outside ASCII would have to be percent-encoded.
  if (!/^[\x21\x22\x24-\x7e]+$/.test(target)) return undefined;
  const absolute = /^(?:http|ws)s?:\/\/([^/?]+)(.*)$/i.exec(target);
  const authority = absolute?.[1];
  if (authority !== undefined && splitAuthority(authority) === undefined) return undefined;
  const rest = absolute?.[2] ?? target;
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  // RFC 9112 §3.2.1: an empty path is that of the root.
  if (path === '' ? authority === undefined : !path.startsWith('/')) return undefined;
  return { authority, path: normalizePath(path === '' ? '/' : path), query: mark < 0 ? '' : rest.slice(mark) };
}

const encoder = new TextEncoder();

/**
 * One spelling for all paths that mean the same (RFC 3986 §6.2.2): percent-encoded where a path cannot have a character as
 * it is, and only there, in upper case; other characters as UTF-8; without the segments `.` and `..`. An encoded slash
 * stays encoded, and is no separator.
 *
 * @param path one that begins with `/`.
 */
export function normalizePath(path: string): string {
  // Most paths: nothing in them has another spelling.
  if (/^[A-Za-z0-9\-_~!$&'()*+,;=:@/]*$/.test(path)) return path;
  const spelt = path.replace(/%[0-9a-f]{2}|%|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/gi, (part) => {
    if (part.length === 3 && /^%[0-9a-f]{2}$/i.test(part)) return byteSpelt(Number.parseInt(part.slice(1), 16));
    return Array.from(encoder.encode(part), escaped).join('');
  });
  return withoutDots(spelt);
}

function byteSpelt(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(character) ? character : escaped(byte);
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** RFC 3986 §5.2.4. */
function withoutDots(path: string): string {
  if (!path.includes('/.')) return path;
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  // What ends in a dot segment is a folder.
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}
