const HIDDEN = '***';

/**
 * A URL, or a part of one, as it may stand in a log: user and password, the fragment, and the values of the query are `***`, its
 * names stay. A part of the query without a name counts as a value.
 */
export function redacted(url: string): string {
  const [head, tail] = splitAtQuery(url);
  return withoutUser(head) + redactedTail(tail);
}

// The last @ ends the user. A RegExp with two repetitions before it would take the square of the length of what has none.
function withoutUser(head: string): string {
  const at = head.lastIndexOf('@');
  if (at < 0) return head;
  const begin = /^(?:[a-z][a-z0-9+.-]*:)?\/*/i.exec(head.slice(0, at))?.[0] ?? '';
  return `${begin}${HIDDEN}${head.slice(at)}`;
}

/** As {@link redacted}, for text that is no URL, of which it is not clear where a password would end. */
export function redactedText(text: string): string {
  const [head, tail] = splitAtQuery(text);
  if (!tail.includes('@')) return redacted(text);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(head)?.[0] ?? '';
  return `${scheme}${HIDDEN}`;
}

function splitAtQuery(url: string): [head: string, tail: string] {
  const end = url.search(/[?#]/);
  return end < 0 ? [url, ''] : [url.slice(0, end), url.slice(end)];
}

function redactedTail(tail: string): string {
  const [query = '', ...fragment] = tail.split('#');
  const end = fragment.length === 0 ? '' : `#${HIDDEN}`;
  return query === '' ? end : `?${query.slice(1).split('&').map(redactedPair).join('&')}${end}`;
}

function redactedPair(pair: string): string {
  // `?dG9rZW4=` is no name without a value, but a value in base64.
  const name = /^([^=]*)=+[^=]/s.exec(pair)?.[1];
  if (name !== undefined) return `${name}=${HIDDEN}`;
  return pair === '' ? '' : HIDDEN;
}
