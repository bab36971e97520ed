import { CloseCode, MAX_STREAM_ID } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';
import type { FlowEntry } from '../contract/flow-entry.js';

// A FLOW frame is a control frame, so its payload has at most 125 bytes (RFC 6455 §5.5): 10 entries of 12 bytes. An
// entry is its kind, a zero byte, the stream id (16 bits), the open number and the value (32 bits each), in network
// byte order.
const WINDOW = 0;
const STOP = 1;
const ENTRY_LENGTH = 12;
const MAX_ENTRIES = 10;

/** Encodes entries as the payloads of one or more FLOW frames, of ten entries at most. */
export function* encodeFlow(entries: readonly FlowEntry[]): Generator<Uint8Array> {
  for (let from = 0; from < entries.length; from += MAX_ENTRIES) {
    const some = entries.slice(from, from + MAX_ENTRIES);
    const payload = new Uint8Array(some.length * ENTRY_LENGTH);
    const view = new DataView(payload.buffer);
    some.forEach((entry, i) => {
      const at = i * ENTRY_LENGTH;
      view.setUint8(at, entry.isStop ? STOP : WINDOW);
      view.setUint16(at + 2, entry.streamId);
      view.setUint32(at + 4, entry.openNumber);
      view.setUint32(at + 8, entry.value);
    });
    yield payload;
  }
}

/** Decodes the payload of a FLOW frame. @throws ProtocolError 1002 when it is malformed. */
export function decodeFlow(payload: Uint8Array): FlowEntry[] {
  const count = payload.length / ENTRY_LENGTH;
  if (!Number.isInteger(count) || count < 1 || count > MAX_ENTRIES)
    throw malformed('1 to 10 entries of 12 bytes expected');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const entries: FlowEntry[] = [];
  for (let at = 0; at < payload.length; at += ENTRY_LENGTH) {
    const kind = view.getUint8(at);
    const entry = {
      isStop: kind === STOP,
      streamId: view.getUint16(at + 2),
      openNumber: view.getUint32(at + 4),
      value: view.getUint32(at + 8),
    };
    if (kind > STOP || view.getUint8(at + 1) !== 0) throw malformed('an unknown kind of entry');
    if (entry.streamId > MAX_STREAM_ID) throw malformed('a stream id above 32767');
    if (entry.streamId === 0 && entry.isStop) throw malformed('STOP of the connection');
    if (entry.streamId === 0 && entry.openNumber !== 0) throw malformed('an open number of the connection');
    entries.push(entry);
  }
  return entries;
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('FLOW_MALFORMED', CloseCode.ProtocolError, `malformed FLOW frame: ${what}`);
}
