import type { ResponseHead } from '@webson/handshake';
import { printable } from '../../application/printable.js';
import { redacted } from '../../application/redacted.js';
import type { Address } from './address.js';
import { hidden, holdsSecret } from './secrets.js';

/** What to look at after a status of the server. */
const HINTS: Readonly<Record<number, string>> = {
  400: 'does something on the way, a proxy perhaps, take the fields Upgrade and Connection out of the request?',
  401: 'are user, password and the header fields it looks at right?',
  403: 'may this client, or the origin that it names, connect there?',
  405: 'is there a WebSocket server at this path?',
  407: 'a proxy on the way wants to know who asks',
  421: 'the server does not serve this host',
  429: 'there were too many attempts: dial again later',
  502: 'a proxy on the way does not reach the server',
  503: 'it takes no connections now: dial again later',
  504: 'a proxy on the way got no answer of the server',
};

/**
 * What a client may add to the news that the server has answered with another status than 101: where a redirect leads, what to
 * look at, and what the server says itself. It begins with `; `, or is empty.
 *
 * @param body the first bytes of the body.
 * @param secrets what must not be shown, though the server may repeat it.
 */
export function whyRefused(address: Address, head: ResponseHead, body: Uint8Array, secrets: readonly string[]): string {
  const said = textOf(head, body);
  const hint = hintFor(address, head, said, secrets);
  const isShown = said !== '' && !holdsSecret(said, secrets);
  return (hint === undefined ? '' : `; ${hint}`) + (isShown ? `; it says ${JSON.stringify(printable(said, 300))}` : '');
}

function hintFor(
  address: Address,
  { status, headers }: ResponseHead,
  said: string,
  secrets: readonly string[],
): string | undefined {
  if (status >= 300 && status < 400) {
    const location = headers.get('location');
    if (location === undefined) return undefined;
    const shown = printable(redacted(hidden(location, secrets)), 300);
    return `it redirects to ${JSON.stringify(shown)}: redirects are not followed, dial what is meant`;
  }
  // What nginx, Go and Apache say of a request without TLS.
  if (
    !address.isSecure &&
    status === 400 &&
    /plain HTTP request|HTTP request to an HTTPS|plain HTTP to an SSL/i.test(said)
  ) {
    return 'the server speaks TLS on this port: dial wss: instead of ws:';
  }
  if (status >= 200 && status < 300) return 'it serves something else there: is the path that of a WebSocket server?';
  if (status === 404 || status === 410) return `there is nothing at ${redacted(address.path)}: is the path right?`;
  if (status === 426) {
    const wanted = headers.get('upgrade');
    if (wanted !== undefined && !/\bwebsocket\b/i.test(wanted))
      return `it wants an upgrade to ${JSON.stringify(hidden(printable(wanted), secrets))}`;
    return HINTS[400];
  }
  return HINTS[status];
}

// The first line of a body that is plain text, without a transfer coding that would have to be undone.
function textOf({ headers }: ResponseHead, body: Uint8Array): string {
  const type = headers.get('content-type') ?? '';
  if (headers.has('content-encoding')) return '';
  const text = new TextDecoder().decode(body).trim();
  if (/^text\/plain\b/i.test(type)) return text.split(/[\r\n]/, 1)[0] as string;
  // Pages are not shown, but nginx says in one that TLS is missing.
  return /plain HTTP request was sent to HTTPS port/i.exec(text)?.[0] ?? '';
}
