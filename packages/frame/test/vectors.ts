import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toHex } from './recording-sink.js';

// Frames captured from the Go kit, or sent to it: data/*.json, each with an "about". Only what the tests use is typed here.

type VectorData =
  | { hex: string }
  | { repeat: string; length: number; sha1: string }
  | { length: number; sha1: string; note: string };

export interface VectorFrame {
  fin: boolean;
  rsv1: boolean;
  rsv2: boolean;
  rsv3: boolean;
  opcode: number;
  masked: boolean;
  maskKey: string | null;
  lengthForm: 7 | 16 | 64;
  payloadLength: number;
  header: string;
  payload: VectorData;
  wire?: string;
  wireSha1: string;
  streamId?: number;
  cancel?: boolean;
  body?: VectorData;
  effectiveKey?: string;
}

interface SideConfig {
  PrivateMask?: string;
  MaxPayloadSize?: number;
}

export interface Vector {
  id: string;
  title: string;
  direction: 'c2s' | 's2c';
  config: { client: SideConfig; server: SideConfig };
  negotiated: { streams: number | null; deflate: boolean };
  segments?: string[];
  frames: VectorFrame[];
}

const FILES = ['basic', 'control', 'fragments', 'streams', 'private-mask', 'compression', 'receive'] as const;

export const vectors: readonly Vector[] = FILES.flatMap((name) => {
  const text = readFileSync(new URL(`./data/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { vectors: Vector[] }).vectors;
});

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** The bytes, or undefined when only their hash is known. */
export function bytesOf(data: VectorData): Uint8Array | undefined {
  if ('hex' in data) return Uint8Array.from(Buffer.from(data.hex, 'hex'));
  if (!('repeat' in data)) return undefined;
  const unit = Buffer.from(data.repeat, 'hex');
  const bytes = Uint8Array.from({ length: data.length }, (_, i) => unit[i % unit.length]!);
  if (sha1(bytes) !== data.sha1) throw new Error(`the vector's own hash is wrong: ${data.sha1}`);
  return bytes;
}

/** The unmasked payload, the stream header with it. One known by its hash alone is made of stream header and body. */
export function payloadOf(frame: VectorFrame): Uint8Array {
  const known = bytesOf(frame.payload);
  if (known !== undefined) return known;
  const body = frame.body === undefined ? undefined : bytesOf(frame.body);
  if (body === undefined || frame.streamId === undefined) throw new Error(`no payload: ${frame.header}`);
  const word = frame.streamId + (frame.cancel === true ? 0x8000 : 0);
  const payload = Uint8Array.from([word >>> 8, word & 0xff, ...body]);
  if (!('sha1' in frame.payload) || sha1(payload) !== frame.payload.sha1) throw new Error('not the payload hashed');
  return payload;
}

/** The secret the sender of a vector masks with: the Go kit widens whatever is masked, in either direction. */
export function privateMaskOf(vector: Vector): Uint8Array | undefined {
  const secret = vector.config.client.PrivateMask;
  return secret === undefined ? undefined : Uint8Array.from(Buffer.from(secret, 'hex'));
}

/** The frame on the wire: as captured, or laid down from header and payload by the letter of RFC 6455 §5.3. */
export function wireOf(vector: Vector, frame: VectorFrame): Uint8Array {
  let wire: Uint8Array;
  if (frame.wire !== undefined) {
    wire = Uint8Array.from(Buffer.from(frame.wire, 'hex'));
  } else {
    const key = frame.maskKey === null ? undefined : Buffer.from(frame.maskKey, 'hex');
    const secret = privateMaskOf(vector);
    const payload = payloadOf(frame).map((byte, i) => {
      if (key === undefined) return byte;
      return byte ^ key[i % 4]! ^ (secret === undefined ? 0 : secret[i % secret.length]!);
    });
    wire = Uint8Array.from([...Buffer.from(frame.header, 'hex'), ...payload]);
  }
  if (sha1(wire) !== frame.wireSha1)
    throw new Error(`${vector.id}: wire ${toHex(wire.subarray(0, 32))} has another hash`);
  return wire;
}
