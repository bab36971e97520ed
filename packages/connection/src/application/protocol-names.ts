const HIDDEN = '***';

/** Most characters of a name that are shown. */
const MOST_SHOWN = 20;

/** A part of a name that people have thought of: a word, with a digit or two behind it, or a number. */
const WORD = /^(?:[A-Z]?[a-z]{1,12}|[A-Z]{1,12})\d{0,2}$|^\d{1,3}$/;

/** A part behind which credentials stand. */
const CREDENTIALS = /token|bearer|basic|auth|jwt|secret|passw|ticket|session|^sid$|key|access|credential/i;

/**
 * A name of a sub-protocol as it may stand in a log. Browsers have no other header field for a token than that of the sub-protocols,
 * so only what looks like a name is shown: words and numbers up to 20 characters, and nothing behind a word such as `token`.
 */
export function shownProtocol(name: string): string {
  let shown = '';
  for (const part of name.split(/(?<=[._+\-/:])/)) {
    const word = part.replace(/[._+\-/:]$/, '');
    if (!WORD.test(word) || shown.length + part.length > MOST_SHOWN) return shown + HIDDEN;
    shown += part;
    if (CREDENTIALS.test(word) && shown.length < name.length) return shown + HIDDEN;
  }
  return shown;
}

/** Most names that are shown. */
const MOST_NAMES = 10;

/** Several of them, in quotes, at most ten. A name behind one that ends in a word such as `token` is not shown at all. */
export function shownProtocols(names: readonly unknown[]): string {
  const more = names.length > MOST_NAMES ? ', …' : '';
  const shown = names
    .slice(0, MOST_NAMES)
    .map((name, i) => {
      if (typeof name !== 'string') return typeof name;
      const before = names[i - 1];
      const isBehind = typeof before === 'string' && CREDENTIALS.test(before.split(/[._+\-/:]/).at(-1) as string);
      return JSON.stringify(isBehind ? HIDDEN : shownProtocol(name));
    })
    .join(', ');
  return shown + more;
}
