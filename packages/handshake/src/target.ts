import { splitAuthority } from './authority.js';
import { encodeText } from './text.js';

/** The parts of a request target (RFC 9112 §3.2). */
export interface RequestTarget {
  /** `host[:port]` of a target in absolute form, which overrides the `Host` header; `undefined` for a path. */
  readonly authority: string | undefined;
  /** The path in normal form: see `normalizePath`. */
  readonly path: string;
  /** The query with its `?`, as sent; `''` if there is none. */
  readonly query: string;
}

/**
 * Splits a request target, which is a path, or a URL as a client sends it to a proxy (RFC 9112 §3.2.1, §3.2.2).
 * Returns `undefined` for anything else: `*`, a target with a fragment, or one with characters that no target may have.
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
  // RFC 9112 §3.2.1: an empty path of a URL means the root.
  if (path === '' ? authority === undefined : !path.startsWith('/')) return undefined;
  return { authority, path: normalizePath(path === '' ? '/' : path), query: mark < 0 ? '' : rest.slice(mark) };
}

/**
 * One spelling for all paths that mean the same (RFC 3986 §6.2.2). Characters that a path may not contain are
 * percent-encoded as UTF-8, with upper-case digits; no other character is. The segments `.` and `..` are resolved. An
 * encoded slash stays encoded, and does not separate segments.
 *
 * @param path a path that begins with `/`.
 */
export function normalizePath(path: string): string {
  // Most paths contain only characters that have no other spelling.
  if (/^[A-Za-z0-9\-_~!$&'()*+,;=:@/]*$/.test(path)) return path;
  const spelt = path.replace(/%[0-9a-f]{2}|%|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/gi, (part) => {
    if (part.length === 3 && /^%[0-9a-f]{2}$/i.test(part)) return spellByte(Number.parseInt(part.slice(1), 16));
    return Array.from(encodeText(part), percentEncoded).join('');
  });
  return resolveDotSegments(spelt);
}

function spellByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(character) ? character : percentEncoded(byte);
}

function percentEncoded(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Resolves the segments `.` and `..` (RFC 3986 §5.2.4). */
function resolveDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  // A path that ends in a dot segment names a folder, and so ends in a slash.
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}
