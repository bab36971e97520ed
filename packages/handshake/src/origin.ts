import { splitAuthority } from './authority.js';

/**
 * Which web origins a server accepts: those of its own host, all, those listed (`https://example.com:8443`; default
 * ports may be left out), or those for which a function returns true.
 */
export type OriginPolicy = 'same-host' | '*' | readonly string[] | ((origin: string) => boolean);

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['ws', 80],
  ['https', 443],
  ['wss', 443],
]);

/**
 * Whether a server may accept a request with this `Origin` (RFC 6455 §10.2). A request without one is allowed, because
 * it is not from a browser. `null` (a sandboxed page, a file) and anything that is not an origin never have the same
 * host. An error that a policy function throws is not caught.
 *
 * @param origin the `Origin` header, `undefined` if the request has none
 * @param host the `Host` header
 * @param secure true if the connection came in over TLS: a `Host` without a port then means port 443. Otherwise it
 * means the default port of the origin's scheme, because a proxy may have terminated TLS.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string,
  policy: OriginPolicy,
  secure?: boolean,
): boolean {
  if (origin === undefined || policy === '*') return true;
  if (typeof policy === 'function') return policy(origin) === true;
  if (policy !== 'same-host') {
    const wanted = normalizeOrigin(origin);
    return policy.some((allowed) => normalizeOrigin(allowed) === wanted);
  }
  const page = splitOrigin(origin);
  if (page === undefined) return false;
  const from = splitAuthority(page.authority);
  const to = splitAuthority(host);
  if (from === undefined || to === undefined || from.host !== to.host) return false;
  const schemePort = DEFAULT_PORTS.get(page.scheme);
  return (from.port ?? schemePort) === (to.port ?? (secure === true ? 443 : schemePort));
}

/**
 * One spelling for each origin: lower case, with its scheme's default port. Text that is not an origin is not changed.
 */
function normalizeOrigin(origin: string): string {
  const parts = splitOrigin(origin);
  const authority = parts && splitAuthority(parts.authority);
  if (parts === undefined || authority === undefined) return origin;
  const port = authority.port ?? DEFAULT_PORTS.get(parts.scheme);
  return `${parts.scheme}://${authority.host}${port === undefined ? '' : `:${port}`}`;
}

function splitOrigin(origin: string): { scheme: string; authority: string } | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\\\s]+)$/i.exec(origin);
  if (match === null) return undefined;
  return { scheme: (match[1] as string).toLowerCase(), authority: match[2] as string };
}

/** Whether `text` is what a browser may send as `Origin`: `null`, or a scheme and a host, with or without a port. */
export function isOrigin(text: string): boolean {
  const page = splitOrigin(text);
  return text === 'null' || (page !== undefined && splitAuthority(page.authority) !== undefined);
}
