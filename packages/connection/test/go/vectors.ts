import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { concat, hex } from '../support/frames.js';

// What was captured from the Go kit: ../../../frame/test/data/*.json and ../../../handshake/test/data/handshake.json, each
// with an "about". Only what these tests use is typed here.

/** Bytes, or their length and hash alone. */
type VectorData =
  | { hex: string }
  | { repeat: string; length: number; sha1: string }
  | { length: number; sha1: string; note: string };

export interface VectorFrame {
  fin: boolean;
  opcode: number;
  maskKey: string | null;
  header: string;
  payload: VectorData;
  wire?: string;
  wireSha1: string;
  streamId?: number;
  cancel?: boolean;
  body?: VectorData;
  inflated?: VectorData | { error: string };
}

/** Fields of the Go kit's `Config` that are not at their default. */
export interface GoConfig {
  EnableStreams?: boolean;
  MaxStreams?: number;
  EnableCompress?: boolean;
  PrivateMask?: string;
  MagicKey?: string;
  BufferSize?: number;
  MaxPayloadSize?: number;
  TriggerOnStart?: boolean;
  Synchronize?: boolean;
}

/** A message as a handler got it. */
export interface Delivered {
  type: number;
  length: number;
  sha1: string;
  error?: string;
}

export interface Vector {
  id: string;
  title: string;
  direction: 'c2s' | 's2c';
  sender: 'go-client' | 'go-server' | 'raw';
  config: { client: GoConfig; server: GoConfig };
  negotiated: { streams: number | null; deflate: boolean };
  frames: VectorFrame[];
  segments?: string[];
  outcome?: {
    delivered?: Delivered[];
    pongs?: string[];
    close?: { code: number; reason: string } | null;
    startReturned?: string | null;
  };
}

const FILES = ['basic', 'control', 'fragments', 'streams', 'private-mask', 'compression', 'receive'] as const;

/** The captured frames: 200 vectors. */
export const vectors: readonly Vector[] = FILES.flatMap((name) => read<Vector>(`frame/test/data/${name}.json`));

export interface HandshakeVector {
  id: string;
  config: { client: GoConfig; server: GoConfig };
  magic: string;
  request: { hex: string };
  response: { hex: string };
  key: string;
  accept: string;
  negotiated: { streams: number | null; deflate: boolean };
}

/** The captured handshakes: 17 vectors. */
export const handshakes: readonly HandshakeVector[] = read<HandshakeVector>('handshake/test/data/handshake.json');

/** Bytes on the wire of one frame, of a side that masks with `privateMask`. */
export function wireOf(frame: VectorFrame, privateMask: Uint8Array | undefined): Uint8Array {
  if (frame.wire !== undefined) return hex(frame.wire);
  const key = frame.maskKey === null ? undefined : hex(frame.maskKey);
  const payload = payloadOf(frame).map((byte, i) =>
    key === undefined ? byte : byte ^ key[i % 4]! ^ (privateMask?.[i % privateMask.length] ?? 0),
  );
  const wire = concat([hex(frame.header), payload]);
  if (sha1(wire) !== frame.wireSha1) throw new Error(`not the bytes captured: ${frame.header}`);
  return wire;
}

/** The secret that the sender of a vector masks with. */
export function privateMaskOf({ config }: Vector): Uint8Array | undefined {
  return config.client.PrivateMask === undefined ? undefined : hex(config.client.PrivateMask);
}

/** What a frame says for its message, inflated by itself. Undefined where that cannot be. */
export function contentOf(frame: VectorFrame): Uint8Array | undefined {
  if (frame.inflated !== undefined) return 'error' in frame.inflated ? undefined : bytesOf(frame.inflated);
  return bytesOf(frame.body ?? frame.payload);
}

/** As vectors give messages. */
export function summary(type: number, payload: Uint8Array): Delivered {
  return { type, length: payload.length, sha1: sha1(payload) };
}

/** In an order of their own: without `Synchronize` a Go endpoint has its handlers run side by side. */
export function sorted(messages: readonly Delivered[]): Delivered[] {
  return [...messages].sort((a, b) => (a.sha1 < b.sha1 ? -1 : a.sha1 > b.sha1 ? 1 : a.type - b.type));
}

function payloadOf(frame: VectorFrame): Uint8Array {
  const known = bytesOf(frame.payload);
  if (known !== undefined) return known;
  const body = frame.body && bytesOf(frame.body);
  if (body === undefined || frame.streamId === undefined) throw new Error(`no payload: ${frame.header}`);
  const word = frame.streamId + (frame.cancel === true ? 0x8000 : 0);
  return Uint8Array.of(word >>> 8, word & 0xff, ...body);
}

function bytesOf(data: VectorData): Uint8Array | undefined {
  if ('hex' in data) return hex(data.hex);
  if (!('repeat' in data)) return undefined;
  const unit = hex(data.repeat);
  return Uint8Array.from({ length: data.length }, (_, i) => unit[i % unit.length]!);
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

function read<Kind>(path: string): Kind[] {
  const text = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { vectors: Kind[] }).vectors;
}
