import { isOrigin } from '@webson/handshake';
import { warnOnce } from '../../application/warnings.js';
import { nodePlatform } from '../socket/platform.js';

/**
 * Says which origin was refused at which host, and which option allows it, as one line of ASCII for the client. It warns of it,
 * too, once for each origin and host.
 *
 * @param isJudged true when a function of the application has judged the origin.
 */
export function refusedOrigin(origin: string, host: string, isJudged: boolean): string {
  const shown = quoted(origin);
  const refused = `The origin ${shown} may not connect to the host ${quoted(host)}`;
  const message = `${refused}: ${cureOf(origin, shown, isJudged)}`;
  warnOnce(nodePlatform, 'WEBSON_ORIGIN_REFUSED', `${origin} ${host}`, () => ({
    message: `${message}. Browsers show the page no more than that it could not connect.`,
  }));
  return message;
}

function cureOf(origin: string, shown: string, isJudged: boolean): string {
  if (isJudged) return 'the function in the option origins of the server has not returned true';
  if (origin === 'null') return 'a file, or a page in a sandbox, has no origin of its own; serve it over HTTP';
  if (!isOrigin(origin)) return 'this is no origin of a page';
  return `the option of the server that allows it is origins: [${shown}]`;
}

// What a client has sent, in quotes, in ASCII, and cut.
function quoted(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}...` : text;
  return `'${cut.replace(/[^ -&(-[\]-~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  })}'`;
}
