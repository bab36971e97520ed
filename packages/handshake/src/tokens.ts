const TAB = 0x09;
const SPACE = 0x20;

/** One byte for each ASCII code: 1 for a character that a token may contain (RFC 9110 §5.6.2). */
const TOKEN_CODES: Uint8Array = (() => {
  const table = new Uint8Array(128);
  const characters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
})();

/** Whether a UTF-16 code may stand in an HTTP token (RFC 9110 §5.6.2). */
export function isTokenCode(code: number): boolean {
  return TOKEN_CODES[code] === 1;
}

/** Whether a UTF-16 code is optional white space: a space or a tab (RFC 9110 §5.6.3). */
export function isSpaceCode(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Whether `text` is an HTTP token: at least one character, all of them token characters (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenCode(text.charCodeAt(i))) return false;
  }
  return text.length > 0;
}

/** Removes the spaces and tabs around `text`, in linear time (RFC 9110 §5.6.3). */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceCode(text.charCodeAt(start))) start++;
  while (end > start && isSpaceCode(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/**
 * The tokens of a comma-separated list in their order, or `undefined` if an element is empty or not a token: unlike
 * other lists of HTTP, `Sec-WebSocket-Protocol` may not have empty elements (RFC 6455 §4.1).
 */
export function parseTokenList(list: string): string[] | undefined {
  const tokens: string[] = [];
  for (const element of list.split(',')) {
    const token = trimSpace(element);
    if (!isToken(token)) return undefined;
    tokens.push(token);
  }
  return tokens;
}

/**
 * Whether a comma-separated list such as `keep-alive, Upgrade` contains `token`, compared without regard to case. The
 * other elements are not checked.
 */
export function hasToken(list: string, token: string): boolean {
  const wanted = token.toLowerCase();
  return list.split(',').some((element) => trimSpace(element).toLowerCase() === wanted);
}
