import { expect, test } from 'vitest';
import * as webson from '../src/index.js';

test('re-exports the public names of every layer', () => {
  const names = [
    ...['dial', 'serve', 'takeOver', 'Connection', 'Message', 'MessageType', 'Status', 'parseCloseCode', 'Pool'],
    ...['WebsonError', 'HandshakeError', 'ProtocolError', 'NotReadyError', 'ClosedError', 'ConfigError'],
    ...['MessageIncompleteError', 'MessageCancelledError', 'MessageTooLargeError'],
    ...['Opcode', 'CloseCode', 'MAX_STREAM_ID', 'FrameDecoder', 'FrameError', 'encodeFrame', 'encodeFrameInto'],
    ...['frameLength', 'applyMask', 'widenMaskingKey', 'encodeClosePayload', 'decodeClosePayload'],
    ...['computeAccept', 'parseExtensions', 'Deflater', 'Inflater'],
  ];
  expect(Object.keys(webson)).toEqual(expect.arrayContaining(names));
});
