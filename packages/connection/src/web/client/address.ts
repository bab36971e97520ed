import { redactedText } from '../../application/redacted.js';
import { isRecord, wrongOption } from '../../options/option-kinds.js';
import { ConfigError } from '../../protocol/contract/errors.js';

/**
 * The URL of a WebSocket in full. It may begin with `ws:` or `wss:`, with `http:` or `https:`, which mean the same, or with
 * nothing: `host:port/path` means `ws:`, and `/path` is on the server of the page.
 *
 * @param base the URL of the page, if there is one.
 * @throws ConfigError when it is none of these, has a fragment (RFC 6455 §3), or a user, which a page cannot send.
 */
export function webSocketUrl(given: string | URL, base: string | undefined): string {
  if (typeof given !== 'string' && !(isRecord(given) && typeof given.href === 'string')) {
    throw wrongOption('url', 'a string or a URL', given);
  }
  const text = typeof given === 'string' ? given : given.href;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const isRelative = text.startsWith('/');
  const full = hasScheme || isRelative ? text : `ws://${text}`;
  const url = parsed(full, base);
  if (url === undefined) throw malformed(text);
  // The URL of React Native can be read only, and knows no user where the scheme is not that of HTTP.
  const href = url.href.replace(/^http/, 'ws');
  if (!/^wss?:\/\/./.test(href)) throw malformed(text);
  if (url.hash !== '') throw new ConfigError('url: no fragment expected, got one');
  if (/^wss?:\/\/[^/?#]*@/.test(href)) {
    throw new ConfigError(
      'url: no user and no password expected, because the WebSocket of this platform cannot send them',
    );
  }
  return href;
}

function parsed(text: string, base: string | undefined): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

function malformed(text: string): ConfigError {
  return new ConfigError(
    `url: a WebSocket URL such as "wss://host/path" expected, got ${JSON.stringify(redactedText(text))}`,
  );
}
