import { canonicalHost, isIpv6, splitAuthority } from './authority.js';

/**
 * Whether a request for `host` is meant for a server whose names are `hosts` (RFC 9110 §7.4). Names compare without
 * regard to case and to a dot at their end, IPv6 addresses without regard to their spelling. An entry without a port
 * allows every port; an entry with a port allows that port alone.
 *
 * @param host the `Host` header, or the authority of a request target in absolute form.
 * @param hosts entries for which `isHost` is true.
 * @param secure true if the connection came in over TLS: a `host` without a port then means port 443. Otherwise it
 * means 80 or 443, because a proxy may have terminated TLS.
 */
export function isHostAllowed(host: string, hosts: readonly string[], secure?: boolean): boolean {
  const asked = splitAuthority(host);
  if (asked === undefined) return false;
  const name = canonicalHost(asked.host);
  return hosts.some((entry) => {
    const own = splitAuthority(bracketed(entry));
    if (own === undefined || canonicalHost(own.host) !== name) return false;
    if (own.port === undefined) return true;
    if (asked.port !== undefined) return asked.port === own.port;
    return own.port === 443 || (own.port === 80 && secure !== true);
  });
}

/** Whether `text` can be the value of a `Host` header: an ASCII name or an address, with or without a port. */
export function isHost(text: string): boolean {
  const authority = splitAuthority(bracketed(text));
  if (authority === undefined) return false;
  const { host, port = 1 } = authority;
  return port > 0 && port <= 65_535 && (isIpv6(host) || /^[a-z0-9_][a-z0-9._~-]*$/.test(host));
}

// An IPv6 address may be given without brackets, since text with two colons cannot be a host with a port.
function bracketed(entry: string): string {
  return /^[^[\]]*:[^[\]]*:[^[\]]*$/.test(entry) ? `[${entry}]` : entry;
}
