import { redactedText } from '../../application/redacted.js';
import { ConfigError } from '../../protocol/contract/errors.js';

/**
 * The URL of a WebSocket in full. It may begin with `ws:` or `wss:`, with `http:` or `https:`, which mean the same, or with
 * nothing: `host:port/path` means `ws:`, and `/path` is on the server of the page.
 *
 * @param base the URL of the page, if there is one.
 * @throws ConfigError when it is none of these, has a fragment (RFC 6455 §3), or a user, which a page cannot send.
 */
export function webSocketUrl(given: string | URL, base: string | undefined): string {
  const text = String(given);
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const isRelative = text.startsWith('/');
  const full = hasScheme || isRelative ? text : `ws://${text}`;
  if (!URL.canParse(full, base)) throw malformed(text);
  const url = new URL(full, base);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw malformed(text);
  if (url.hash !== '') throw new ConfigError('url: no fragment expected, got one');
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(
      'url: no user and no password expected, because the WebSocket of this platform cannot send them',
    );
  }
  return url.href;
}

function malformed(text: string): ConfigError {
  return new ConfigError(
    `url: a WebSocket URL such as "wss://host/path" expected, got ${JSON.stringify(redactedText(text))}`,
  );
}
