import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Inflater } from '../src/index.js';
import { FRESH, hex, ROOMY } from './samples.js';

/** Bytes as the vectors write them: whole, as a repeated unit, or by their digest alone. */
interface Data {
  readonly hex?: string;
  readonly repeat?: string;
  readonly length?: number;
  readonly sha1?: string;
}

interface Frame {
  readonly rsv1: boolean;
  readonly rsv2: boolean;
  readonly payload: Data;
  readonly body?: Data;
  readonly inflated?: Data & { readonly error?: string };
}

const file = JSON.parse(readFileSync(new URL('./data/compression.json', import.meta.url), 'utf8')) as {
  readonly vectors: readonly { readonly id: string; readonly frames: readonly Frame[] }[];
};

function bytesOf(data: Data): Uint8Array {
  if (data.hex !== undefined) return hex(data.hex);
  if (data.repeat === undefined || data.length === undefined) throw new Error('the vector has no bytes');
  const unit = hex(data.repeat);
  const bytes = Uint8Array.from({ length: data.length }, (_, i) => unit[i % unit.length] ?? 0);
  if (createHash('sha1').update(bytes).digest('hex') !== data.sha1) throw new Error('the vector contradicts itself');
  return bytes;
}

const frames = file.vectors.flatMap(({ id, frames: list }) =>
  list.flatMap((frame, i) => (frame.rsv1 ? [[`${id} #${i}`, frame] as const] : [])),
);

describe('frames of the Go kit, each deflated alone', () => {
  test('there are as many as were captured', () => {
    expect(frames.length).toBe(28);
  });

  test.each(frames)('%s', (_, frame) => {
    const body = bytesOf(frame.rsv2 ? (frame.body ?? {}) : frame.payload);
    const inflated = new Inflater(FRESH).inflate(body, ROOMY);
    expect(inflated).toEqual(bytesOf(frame.inflated ?? {}));
  });
});
