import { MAX_STREAM_ID } from '@webson/frame';
import { type Extension, HandshakeFailure } from '@webson/handshake';
import type { StreamAgreement } from '../contract/stream-agreement.js';

/** The header field with the number of streams that a Go endpoint wants. */
export const STREAMS_FIELD = 'Webson-Max-Streams';

/** Describes the negotiated streams as the extension that other peers would negotiate. */
export function describeStreams({ maxStreams }: StreamAgreement): Extension {
  return { name: 'webson-streams', params: [{ name: 'max-streams', value: String(maxStreams) }] };
}

/**
 * Returns the agreement between two endpoints that negotiate streams as the Go kit does. It is the same for a request and for the
 * response to it.
 *
 * @param maxStreams the number of streams that this endpoint wants, 1 to 32767.
 * @param field the value of the peer's header field; undefined when there is none.
 * @returns undefined when the peer wants no streams.
 * @throws HandshakeFailure when the value is not a positive integer. A server answers with 400.
 */
export function agreeOnStreams(maxStreams: number, field: string | undefined): StreamAgreement | undefined {
  if (field === undefined) return undefined;
  // The Go kit allows 32768 streams, but there are only 32767 ids.
  const wanted = /^0*[1-9]\d{0,9}$/.test(field) ? Math.min(Number(field), MAX_STREAM_ID) : 0;
  if (wanted === 0) {
    const got = JSON.stringify(field.slice(0, 40));
    throw new HandshakeFailure('BAD_EXTENSIONS', `${STREAMS_FIELD}: a positive integer expected, got ${got}`, {
      status: 400,
    });
  }
  return { maxStreams: Math.min(maxStreams, wanted), flow: undefined };
}
