import { ConfigError } from '../protocol/errors.js';

/** Where and how to connect. */
export interface Address {
  /** The URL in full, without user and password. */
  readonly url: string;
  readonly isSecure: boolean;
  /** Path of a unix socket; undefined for TCP. */
  readonly socketPath: string | undefined;
  readonly hostname: string;
  readonly port: number;
  /** The `Host` header: without the port when it is the default one. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Takes a WebSocket URL apart (RFC 6455 §3): `ws:`, `wss:`, `http:` and `https:` in their place, `ws+unix:/socket:/path`
 * or `wss+unix:`, and `host:port/path` without a scheme for `ws:`.
 *
 * @throws ConfigError when it is none of these, or has a fragment.
 */
export function parseAddress(given: string | URL): Address {
  const text = String(given);
  const unix = /^(wss?)\+unix:(.+)$/.exec(text);
  if (unix !== null) return unixAddress(text, unix[1] === 'wss', unix[2] as string);
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ws://${text}`);
  } catch (error) {
    throw new ConfigError(`url: a WebSocket URL expected, got ${JSON.stringify(text)}`, { cause: error });
  }
  const isSecure = url.protocol === 'wss:' || url.protocol === 'https:';
  if (!isSecure && url.protocol !== 'ws:' && url.protocol !== 'http:') {
    throw new ConfigError(`url: ws:, wss: or ws+unix: expected, got ${url.protocol}`);
  }
  // RFC 6455 §3: fragments are meaningless here and must not be used.
  if (url.hash !== '') throw new ConfigError(`url: no fragment expected, got ${url.hash}`);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  url.protocol = isSecure ? 'wss:' : 'ws:';
  return {
    url: url.href,
    isSecure,
    socketPath: undefined,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    host: url.host,
    path: url.pathname + url.search,
    user,
    password,
  };
}

function unixAddress(text: string, isSecure: boolean, rest: string): Address {
  const [socketPath, path = '/'] = splitAtColon(rest);
  if (socketPath === '') throw new ConfigError(`url: the path of a socket expected, got ${JSON.stringify(text)}`);
  if (!path.startsWith('/'))
    throw new ConfigError(`url: a path that begins with / expected, got ${JSON.stringify(path)}`);
  return {
    url: text,
    isSecure,
    socketPath,
    hostname: 'localhost',
    port: 0,
    host: 'localhost',
    path,
    user: '',
    password: '',
  };
}

function splitAtColon(text: string): [string, string?] {
  const at = text.indexOf(':');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
