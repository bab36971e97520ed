import { redacted, redactedText } from '../../application/redacted.js';
import { isRecord, wrongOption } from '../../options/option-kinds.js';
import { ConfigError } from '../../protocol/contract/errors.js';

/** The parts of a WebSocket URL that a client needs to connect. */
export interface Address {
  /** The URL as it may be shown: without user and password, and with `***` for the values of its query. */
  readonly url: string;
  readonly isSecure: boolean;
  /** Path of a unix socket; undefined for TCP. */
  readonly socketPath: string | undefined;
  /** The name or address alone, an IPv6 address without brackets. */
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
 * Parses a WebSocket URL (RFC 6455 §3). It may begin with `ws:` or `wss:`, with `http:` or `https:`, which mean the same, or
 * with `ws+unix:` or `wss+unix:`, as in `ws+unix:/socket:/path`. `host:port/path` without a scheme means `ws:`.
 *
 * @param useTLS true to use TLS whatever the scheme is: `ws:` is read as `wss:`.
 * @throws ConfigError when the URL has none of these forms, or has a fragment.
 */
export function parseAddress(given: string | URL, useTLS = false): Address {
  if (typeof given !== 'string' && !(isRecord(given) && typeof given.href === 'string')) {
    throw wrongOption('url', 'a string or a URL', given);
  }
  const text = typeof given === 'string' ? given : given.href;
  const unix = /^(wss?)\+unix:(.*)$/i.exec(text);
  if (unix !== null) {
    // The path is percent-encoded in a URL object, but not in a string.
    const rest = typeof given === 'string' ? (unix[2] as string) : decode('path', unix[2] as string);
    return unixAddress(text, useTLS || unix[1]?.toLowerCase() === 'wss', rest);
  }
  const url = parseUrl(text, useTLS);
  const isSecure = url.protocol === 'wss:' || url.protocol === 'https:';
  if (!isSecure && url.protocol !== 'ws:' && url.protocol !== 'http:') throw malformed(text);
  // RFC 6455 §3: fragments are meaningless here and must not be used.
  if (url.hash !== '') throw new ConfigError(`url: no fragment expected, got ${shown(text)}`);
  const user = decode('user', url.username);
  const password = decode('password', url.password);
  url.username = '';
  url.password = '';
  url.protocol = isSecure ? 'wss:' : 'ws:';
  return {
    url: redacted(url.href),
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

function parseUrl(text: string, useTLS: boolean): URL {
  const scheme = useTLS ? 'wss' : 'ws';
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  // The URL parser would take the first segment of `/path` for the host, and likewise `ws` in `ws:/path` and `ws//host`.
  if (!hasScheme && /^(\/|(wss?|https?)(:(?!\d)|\/\/))/i.test(text)) throw malformed(text);
  // The scheme is set before parsing, because the parser removes a port that is the default of the scheme.
  const full = hasScheme ? (useTLS ? text.replace(/^(ws|http):/i, 'wss:') : text) : `${scheme}://${text}`;
  if (!URL.canParse(full)) throw malformed(text);
  return new URL(full);
}

function unixAddress(text: string, isSecure: boolean, rest: string): Address {
  const colon = rest.indexOf(':');
  const socketPath = colon < 0 ? rest : rest.slice(0, colon);
  const path = colon < 0 ? '/' : rest.slice(colon + 1);
  if (socketPath === '') throw new ConfigError(`url: the path of a socket expected, got ${shown(text)}`);
  // Nearly always the colon before the URL is missing, and what follows may be secret.
  if (/[?#]/.test(socketPath)) {
    throw new ConfigError(
      `url: the path of a socket without ? and #, a colon, and a path expected, got ${shown(text)}`,
    );
  }
  if (!/^\/[^#]*$/.test(path)) {
    throw new ConfigError(`url: a path that begins with / and has no fragment expected, got ${shown(text)}`);
  }
  const { pathname, search } = new URL(`ws://localhost${path}`);
  return {
    url: `${isSecure ? 'wss' : 'ws'}+unix:${redacted(rest)}`,
    isSecure,
    socketPath,
    hostname: 'localhost',
    port: 0,
    host: 'localhost',
    path: pathname + search,
    user: '',
    password: '',
  };
}

function decode(what: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new ConfigError(`url: a percent-encoded ${what} expected, got one that is not`, { cause: error });
  }
}

function malformed(text: string): ConfigError {
  return new ConfigError(`url: a WebSocket URL such as "ws://host:port/path" expected, got ${shown(text)}`);
}

// Errors end up in logs.
function shown(text: string): string {
  return JSON.stringify(redactedText(text));
}
