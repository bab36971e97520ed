import { MAX_STREAM_ID } from '@webson/frame';
import { type Extension, type ExtensionSupport, HandshakeFailure } from '@webson/handshake';
import type { FlowWindows } from '../contract/flow-entry.js';
import type { FlowControl, StreamAgreement, StreamSettings } from '../contract/stream-agreement.js';
import { WindowedFlow } from '../inbound/windowed-flow.js';
import { decodeFlow, encodeFlow } from '../streams/flow-frame.js';
import { SharedWindow } from '../streams/shared-window.js';
import { MOST_WINDOWS, SendWindow } from '../streams/window.js';

/** The name of the extension that multiplexes messages. */
const STREAM_EXTENSION = 'webson-streams';

const MAX_WINDOW = 2 ** 31 - 1;

/**
 * The `webson-streams` extension as an endpoint with these settings supports it (RFC 6455 §9.1).
 *
 * - The server answers with the lower `max-streams` of both sides; an answer above the offer is refused.
 * - Flow control is on when both sides give windows. Each side gives the windows in which it receives.
 * - Every data frame of the extension has the RSV2 bit.
 */
export function streamSupport(settings: StreamSettings): ExtensionSupport<StreamAgreement> {
  return {
    name: STREAM_EXTENSION,
    rsv: 2,
    offer: () => [format(settings)],
    answer(offers) {
      const [first] = offers as [Extension];
      const offered = parse(first, 400);
      const windows = offered.windows && settings.windows;
      const maxStreams = Math.min(offered.maxStreams, settings.maxStreams);
      return {
        extension: format({ maxStreams, windows }),
        settings: agree(maxStreams, offered.windows, windows),
      };
    },
    accept(answer) {
      const answered = parse(answer, undefined);
      if (answered.maxStreams > settings.maxStreams) {
        throw failure(`max-streams=${answered.maxStreams}, at most ${settings.maxStreams} was offered`, undefined);
      }
      if (answered.windows !== undefined && settings.windows === undefined) {
        throw failure('windows, which were not offered', undefined);
      }
      return agree(answered.maxStreams, answered.windows, settings.windows);
    },
  };
}

/** What both sides of the inner protocol have agreed on. */
export interface InnerAgreement {
  readonly streams: StreamAgreement;
  /** The same as an extension, as it would have been negotiated. */
  readonly extension: Extension;
}

/** The parameters of this endpoint as text, for the first frame of the inner protocol: `max-streams=8; window=65536; …`. */
export function streamParameters(settings: StreamSettings): string {
  return format(settings)
    .params.map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}

/**
 * What follows from the parameters of both sides of the inner protocol: the lower `max-streams`, and flow control when both give
 * windows.
 *
 * @throws HandshakeFailure when the peer's text is malformed.
 */
export function agreeOnParameters(settings: StreamSettings, text: string): InnerAgreement {
  const params = text.split(';').map((param) => {
    const [name = '', value = ''] = param.trim().split('=');
    return { name, value };
  });
  const peer = parse({ name: STREAM_EXTENSION, params }, undefined);
  const maxStreams = Math.min(peer.maxStreams, settings.maxStreams);
  const streams = agree(maxStreams, peer.windows, settings.windows);
  return { streams, extension: format({ maxStreams, windows: streams.flow && settings.windows }) };
}

function agree(maxStreams: number, send: FlowWindows | undefined, receive: FlowWindows | undefined): StreamAgreement {
  return { maxStreams, flow: send === undefined || receive === undefined ? undefined : flowControl(send, receive) };
}

/**
 * The flow control of a connection.
 *
 * @param send the windows that the peer allows.
 * @param receive those that this side allows.
 */
export function flowControl(send: FlowWindows, receive: FlowWindows): FlowControl {
  return {
    send,
    receive,
    sendWindow: (limit) => new SendWindow(limit),
    mostUnread: receive.connection * MOST_WINDOWS,
    sharedWindow: (limit) => new SharedWindow(limit),
    inbound: (events) => new WindowedFlow(receive, events),
    encode: encodeFlow,
    decode: decodeFlow,
  };
}

function format({ maxStreams, windows }: StreamSettings): Extension {
  const params = [{ name: 'max-streams', value: String(maxStreams) }];
  if (windows !== undefined) {
    params.push({ name: 'window', value: String(windows.stream) });
    params.push({ name: 'connection-window', value: String(windows.connection) });
  }
  return { name: STREAM_EXTENSION, params };
}

function parse(extension: Extension, status: number | undefined): StreamSettings {
  const values = new Map<string, number>();
  for (const { name, value } of extension.params) {
    const max = name === 'max-streams' ? MAX_STREAM_ID : MAX_WINDOW;
    if (!['max-streams', 'window', 'connection-window'].includes(name)) {
      throw failure(`the unknown parameter ${JSON.stringify(name.slice(0, 40))}`, status);
    }
    if (values.has(name)) throw failure(`the parameter ${name} twice`, status);
    const number = typeof value === 'string' && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : 0;
    if (number < 1 || number > max) throw failure(`${name} not an integer from 1 to ${max}`, status);
    values.set(name, number);
  }
  const maxStreams = values.get('max-streams');
  if (maxStreams === undefined) throw failure('no max-streams', status);
  const stream = values.get('window');
  const connection = values.get('connection-window');
  return {
    maxStreams,
    windows: stream === undefined || connection === undefined ? undefined : { stream, connection },
  };
}

function failure(what: string, status: number | undefined): HandshakeFailure {
  const message = `the ${STREAM_EXTENSION} extension has ${what}`;
  return new HandshakeFailure('BAD_EXTENSIONS', message, status === undefined ? {} : { status });
}
