import { CloseCode, encodeClosePayload, MAX_CONTROL_PAYLOAD, Opcode } from '@webson/frame';
import type { CarrierEnd } from './message-carrier.js';
import { wholeFrame } from './whole-frame.js';

/** A reason of so many units of UTF-16 always has room in a Close. */
const SHORT_REASON = 41;

/** Encodes the Close that a WebSocket has ended with as a frame. @throws RangeError for a code that may not be sent. */
export function closeFrame({ code, reason }: Pick<CarrierEnd, 'code' | 'reason'>): Uint8Array {
  const payload =
    code === CloseCode.NoStatusReceived ? encodeClosePayload() : encodeClosePayload(code, fitting(reason));
  return wholeFrame(Opcode.Close, payload);
}

// One that is not UTF-8 on the wire becomes three times as long where the platform reads it all the same.
function fitting(reason: string): string {
  const isLong = new TextEncoder().encode(reason).length > MAX_CONTROL_PAYLOAD - 2;
  return isLong ? reason.slice(0, SHORT_REASON) : reason;
}
