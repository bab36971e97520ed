import { createHash } from 'node:crypto';
import { GO_DEFLATE } from './connecting.js';

/** How the Go endpoint is set, as far as its handshake goes. */
export interface GoHandshakeOptions {
  /** `MaxStreams`; undefined without `EnableStreams`. */
  maxStreams?: number | undefined;
  deflate?: boolean;
  magicKey?: string;
}

/** What a Go endpoint makes of a handshake: the number of streams, null for none. */
export interface GoNegotiated {
  streams: number | null;
  deflate: boolean;
}

const LINE_LIMIT = 4096;
const RFC_MAGIC_KEY = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What the original Go kit's server answers to a request: a status that refuses, or what it agrees to. */
export function goServerReads(request: string, options: GoHandshakeOptions = {}): GoNegotiated | number {
  const fields = fieldsOf(request);
  if (fields.get('connection')?.toLowerCase() !== 'upgrade') return 426;
  if (fields.get('upgrade')?.toLowerCase() !== 'websocket') return 400;
  // Strings are compared: '7' is good enough.
  if ((fields.get('sec-websocket-version') ?? '') < '13') return 400;
  if ((fields.get('sec-websocket-key') ?? '').length < 24) return 400;
  const { maxStreams, deflate = false } = options;
  let streams: number | null = null;
  const wanted = fields.get('webson-max-streams');
  if (maxStreams !== undefined && wanted !== undefined) {
    if (!/^\+?\d+$/.test(wanted) || Number(wanted) === 0) return 400;
    streams = Math.min(maxStreams, Number(wanted));
  }
  const offer = fields.get('sec-websocket-extensions')?.toLowerCase() ?? '';
  return { streams, deflate: deflate && offer.includes('permessage-deflate') };
}

/** What the original Go kit's client makes of the answer to a request with `key`: its error, or what is agreed. */
export function goClientReads(response: string, key: string, options: GoHandshakeOptions = {}): GoNegotiated | string {
  const { maxStreams, deflate = false, magicKey = RFC_MAGIC_KEY } = options;
  const [startLine = '', ...lines] = response.slice(0, response.indexOf('\r\n\r\n')).split('\r\n');
  if (lines.some(({ length }) => length + 2 > LINE_LIMIT)) return 'malformed response';
  if (!startLine.endsWith(' 101 Switching Protocols')) return 'ws not supported';
  const fields = fieldsOf(response);
  const accept = createHash('sha1')
    .update(key + magicKey)
    .digest('base64');
  if (fields.get('sec-websocket-accept') !== accept) return 'invalid accept key';
  const answered = fields.get('webson-max-streams');
  const streams = maxStreams === undefined || answered === undefined ? null : Math.min(maxStreams, Number(answered));
  return { streams, deflate: deflate && fields.get('sec-websocket-extensions') === GO_DEFLATE };
}

/** The header fields; of several with one name the first. White space is not taken off but for spaces. */
function fieldsOf(message: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of message.slice(0, message.indexOf('\r\n\r\n')).split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).replace(/^ +| +$/g, ''));
  }
  return fields;
}
