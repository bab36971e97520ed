import { MAX_STREAM_ID } from '@webson/frame';
import { type Extension, HandshakeFailure } from '@webson/handshake';
import type { StreamAgreement } from '../contract/stream-agreement.js';

/** The header field in which a Go endpoint says how many streams it wants. */
export const STREAMS_FIELD = 'Webson-Max-Streams';

/** Streams as they are agreed on, under the name of the extension that they are elsewhere. */
export function describeStreams({ maxStreams }: StreamAgreement): Extension {
  return { name: 'webson-streams', params: [{ name: 'max-streams', value: String(maxStreams) }] };
}

/**
 * What two endpoints agree on that speak of streams as the Go kit does: in a request as in the answer to it.
 *
 * @param maxStreams what this one wants, 1 to 32767.
 * @param field what the peer said; undefined for nothing.
 * @returns undefined when the peer wants no streams.
 * @throws HandshakeFailure when what it said is no positive integer; a server answers with 400.
 */
export function agreeOnStreams(maxStreams: number, field: string | undefined): StreamAgreement | undefined {
  if (field === undefined) return undefined;
  // The Go kit counts to 32768, but there are 32767 ids.
  const wanted = /^0*[1-9]\d{0,9}$/.test(field) ? Math.min(Number(field), MAX_STREAM_ID) : 0;
  if (wanted === 0) {
    const got = JSON.stringify(field.slice(0, 40));
    throw new HandshakeFailure('BAD_EXTENSIONS', `${STREAMS_FIELD}: a positive integer expected, got ${got}`, {
      status: 400,
    });
  }
  return { maxStreams: Math.min(maxStreams, wanted), flow: undefined };
}
