import { expect, test } from 'vitest';
import * as frame from '../src/index.js';

test('what the package exports', () => {
  expect(Object.keys(frame).sort()).toEqual([
    'CANCEL_BIT',
    'CloseCode',
    'DEFAULT_MAX_PAYLOAD_SIZE',
    'FrameDecoder',
    'FrameError',
    'MAX_CONTROL_PAYLOAD',
    'MAX_HEADER_LENGTH',
    'MAX_STREAM_ID',
    'Opcode',
    'Rsv',
    'STREAM_HEADER_LENGTH',
    'Utf8Validator',
    'WholeFrameDecoder',
    'applyMask',
    'checkPrivateMask',
    'decodeClosePayload',
    'encodeClosePayload',
    'encodeFrame',
    'encodeFrameInto',
    'frameLength',
    'headerLength',
    'isControlOpcode',
    'isSendableCloseCode',
    'isValidUtf8',
    'maskPayload',
    'privateMaskOf',
    'widenMaskingKey',
    'writeHeader',
    'writeUnmaskedHeader',
  ]);
});
