import { canonicalHost, isIpv6, splitAuthority } from './authority.js';

/**
 * Whether a request for this host is one for a server that goes by `hosts` (RFC 9110 §7.4). Names compare without regard
 * to case and to a dot at their end, IPv6 addresses in any spelling. An entry without a port stands for every port; one with
 * a port for that alone.
 *
 * @param host the `Host` header, or the authority of a target in absolute form.
 * @param hosts each one that `isHost` takes.
 * @param secure true if the connection came in over TLS: a `host` without port then means 443. Otherwise it means 80 or
 * 443, for a proxy may have taken the TLS off.
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

/** Whether `text` is a name or an address, with a port or without, that a `Host` can have: names in ASCII. */
export function isHost(text: string): boolean {
  const authority = splitAuthority(bracketed(text));
  if (authority === undefined) return false;
  const { host, port = 1 } = authority;
  return port > 0 && port <= 65_535 && (isIpv6(host) || /^[a-z0-9_][a-z0-9._~-]*$/.test(host));
}

// An IPv6 address may stand without its brackets, for there cannot be a port then.
function bracketed(entry: string): string {
  return /^[^[\]]*:[^[\]]*:[^[\]]*$/.test(entry) ? `[${entry}]` : entry;
}
