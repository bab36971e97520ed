import { isHost, isOrigin } from '@webson/handshake';
import { warnOnce } from '../../application/warnings.js';
import type { ConnectionOptions } from '../../options/options.js';
import { nodePlatform } from '../platform.js';

/** What the option `origins` may be. */
type OriginPolicy = NonNullable<ConnectionOptions['origins']>;

/**
 * Says which origin was refused at which host, and which option allows it, as one line of ASCII for the client. It warns of it,
 * too, once for each origin and host. What else the option lists is nothing that a stranger should learn, and is left out.
 *
 * @param policy what the option `origins` is.
 * @param isSecure true when the request came over TLS, as far as this server can see.
 */
export function refusedOrigin(origin: string, host: string, policy: OriginPolicy, isSecure: boolean): string {
  const shown = quoted(origin);
  const refused = `The origin ${shown} may not connect to the host ${quoted(host)}`;
  const message = `${refused}: ${cureOf(origin, shown, policy, `${isSecure ? 'https' : 'http'}://${host}`)}`;
  warnOnce(nodePlatform, 'WEBSON_ORIGIN_REFUSED', `${origin} ${host}`, () => ({
    message: `${message}. Browsers show the page no more than that it could not connect.`,
  }));
  return message;
}

function cureOf(origin: string, shown: string, policy: OriginPolicy, own: string): string {
  if (typeof policy === 'function') return 'the function in the option origins of the server has not returned true';
  if (origin === 'null') return 'a file, or a page in a sandbox, has no origin of its own; serve it over HTTP';
  if (!isOrigin(origin)) return 'this is no origin of a page';
  if (policy !== 'same-host') return `add it to the list in the option of the server, origins: [..., ${shown}]`;
  // With a list the own host is not allowed by itself any more.
  const both = isOrigin(own) ? `${quoted(own)}, ${shown}` : shown;
  return `the option of the server that allows it, and its own pages, is origins: [${both}]`;
}

/** As {@link refusedOrigin}, of a host that is none of those in the option `hosts`. */
export function refusedHost(host: string): string {
  const shown = quoted(host);
  const cure = isHost(host) ? `: add it to the list in the option of the server, hosts: [..., ${shown}]` : '';
  const message = `The host ${shown} is none of this server${cure}`;
  warnOnce(nodePlatform, 'WEBSON_HOST_REFUSED', host, () => ({
    message: `${message}, if it is a name that clients should use.`,
  }));
  return message;
}

// What a client has sent, in quotes, in ASCII, and cut.
function quoted(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}...` : text;
  return `'${cut.replace(/[^ -&(-[\]-~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  })}'`;
}
