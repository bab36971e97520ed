import { DEFAULT_MAX_PAYLOAD_SIZE, isValidUtf8, WholeFrameDecoder } from '@webson/frame';
import type { Platform } from '../../protocol/contract/platform.js';

// Made when they are first needed, so that this module loads where they are missing: `dial` tells of that.
let encoder: InstanceType<typeof TextEncoder> | undefined;
let decoder: InstanceType<typeof TextDecoder> | undefined;

/** The platform of a browser, a worker, or whatever else has only what the web has. */
export const webPlatform: Platform = {
  allocate: (length) => new Uint8Array(length),
  utf8Length,
  writeUtf8(target, offset, text) {
    encoder ??= new TextEncoder();
    return encoder.encodeInto(text, target.subarray(offset)).written;
  },
  isUtf8: isValidUtf8,
  readUtf8(bytes) {
    decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
    return decoder.decode(bytes);
  },
  // All frames are within the messages of a WebSocket, which masks them.
  createDecoder: (options) => new WholeFrameDecoder({ maxPayloadSize: DEFAULT_MAX_PAYLOAD_SIZE, ...options }),
  warn({ code, message, error }) {
    // biome-ignore lint/suspicious/noConsole: A page has no other place for warnings.
    console.warn(`[${code}] ${message}`, ...(error === undefined ? [] : [error]));
  },
};

// There is no method that only measures. Surrogates of a pair make 4 bytes, and a lone one becomes U+FFFD, which has 3.
function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    length += code < 0x800 ? 1 : 2;
    if (code >= 0xd800 && code < 0xdc00 && isLow(text.charCodeAt(i + 1))) i++;
  }
  return length;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
