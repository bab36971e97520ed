// What needs no machine: it compiles without the types of Node and of browsers.
import {
  applyMask,
  CloseCode,
  decodeClosePayload,
  encodeClosePayload,
  encodeFrame,
  encodeFrameInto,
  FrameDecoder,
  type FrameDecoderOptions,
  FrameError,
  type FrameErrorCode,
  type FrameHeader,
  type FrameSink,
  frameLength,
  isValidUtf8,
  MAX_STREAM_ID,
  Opcode,
  type OutgoingFrame,
  Utf8Validator,
  widenMaskingKey,
} from '@webson/frame';
import {
  buildRequest,
  buildResponse,
  checkRequest,
  checkResponse,
  computeAccept,
  createKey,
  HandshakeFailure,
  HeaderMap,
  type Negotiated,
  parseExtensions,
  type RequestHead,
  RequestHeadParser,
  selectProtocol,
} from '@webson/handshake';

const options: FrameDecoderOptions = { masking: 'required', maxPayloadSize: 1 << 20, streams: true };

export class Collector implements FrameSink {
  readonly headers: FrameHeader[] = [];
  readonly payloads: Uint8Array[] = [];

  onHeader(header: FrameHeader): void {
    this.headers.push(header);
  }

  onPayload(slice: Uint8Array): void {
    this.payloads.push(slice);
  }
}

export function trip(payload: Uint8Array): FrameErrorCode | undefined {
  const frame: OutgoingFrame = { opcode: Opcode.Binary, payload, mask: true, streamId: MAX_STREAM_ID };
  const target = new Uint8Array(frameLength(frame));
  encodeFrameInto(target, 0, frame);
  applyMask(target, widenMaskingKey(new Uint8Array(4), new Uint8Array(8)));
  try {
    new FrameDecoder(options).push(encodeFrame(frame), new Collector());
  } catch (error) {
    if (error instanceof FrameError) return error.code;
    throw error;
  }
  const close = decodeClosePayload(encodeClosePayload(CloseCode.NormalClosure, 'bye'));
  return close?.code === 1000 && isValidUtf8(payload) && new Utf8Validator() !== undefined ? undefined : 'UTF8_INVALID';
}

export function shake(bytes: Uint8Array): Negotiated | undefined {
  const key = createKey();
  const request: string = buildRequest({ host: 'example.com', path: '/', key, protocols: ['v1'] });
  const head: RequestHead | undefined = new RequestHeadParser().push(bytes);
  if (head === undefined) throw new TypeError(request);
  const offer = checkRequest(head);
  if (!offer.ok) throw new TypeError(offer.reason);
  const answer: string = buildResponse({ key: offer.key, protocol: selectProtocol(offer.protocols, ['v1']) });
  const headers = HeaderMap.fromRaw(['Sec-WebSocket-Accept', computeAccept(key), 'x', answer]);
  const result = checkResponse({ status: 101, reason: '', version: '1.1', headers }, { key });
  if (result.ok) return result.negotiated;
  const failure: HandshakeFailure = result.failure;
  if (!(failure instanceof HandshakeFailure)) parseExtensions('permessage-deflate');
  throw failure;
}

// @ts-expect-error an opcode is a number
encodeFrame({ opcode: 'text' });
