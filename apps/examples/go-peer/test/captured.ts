import { readFileSync } from 'node:fs';

/** A frame as it was captured of the Go kit. `body` is what stands behind the two bytes of the stream id. */
interface CapturedFrame {
  readonly header: string;
  readonly maskKey: string | null;
  readonly streamId: number;
  readonly body: { readonly hex: string } | { readonly repeat: string; readonly length: number };
}

interface Captured {
  readonly handshake: { readonly request: { readonly hex: string }; readonly response: { readonly hex: string } };
  readonly [message: string]: unknown;
}

const captured = JSON.parse(readFileSync(new URL('data/captured.json', import.meta.url), 'utf8')) as Captured;

/** The request of a Go client. */
export const request: Buffer = Buffer.from(captured.handshake.request.hex, 'hex');

/** The answer of a Go server. */
export const response: Buffer = Buffer.from(captured.handshake.response.hex, 'hex');

/** The bytes on the wire of each frame of a message; `masked: false` leaves the masking key and its effect away. */
export function framesOf(name: string, { masked }: { masked: boolean }): Buffer[] {
  const { frames } = captured[name] as { frames: CapturedFrame[] };
  return frames.map((frame) => {
    const key = Buffer.from(frame.maskKey ?? '00000000', 'hex');
    const payload = Buffer.concat([Buffer.from([frame.streamId >> 8, frame.streamId & 0xff]), bodyOf(frame)]);
    const header = Buffer.from(frame.header, 'hex');
    if (masked) return Buffer.concat([header, payload.map((byte, index) => byte ^ key[index % 4]!)]);
    const plain = frame.maskKey === null ? header : header.subarray(0, -4);
    plain[1]! &= 0x7f;
    return Buffer.concat([plain, payload]);
  });
}

function bodyOf({ body }: CapturedFrame): Buffer {
  if ('hex' in body) return Buffer.from(body.hex, 'hex');
  return Buffer.alloc(body.length, Buffer.from(body.repeat, 'hex'));
}
