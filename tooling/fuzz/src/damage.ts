import fc from 'fast-check';
import type { WireFrame } from './wire.js';

const FRAME_DAMAGE = [
  'duplicate',
  'drop',
  'swap',
  'fin',
  'rsv',
  'opcode',
  'mask',
  'long form',
  'longest form',
  'lie',
  'big lie',
  'huge lie',
  'border',
  'close early',
] as const;
const BYTE_DAMAGE = [
  'flip',
  'overwrite',
  'truncate',
  'cut short',
  'cut out',
  'insert',
  'repeat',
  'move',
  'top bit',
] as const;

/** Where a length changes its form, or becomes too long for one. */
const BORDERS = [0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63];
const FORMS = [0, 2, 8] as const;

/** One thing that goes wrong. `at` and `value` mean what the kind makes of them. */
export interface Damage {
  readonly kind: (typeof FRAME_DAMAGE)[number] | (typeof BYTE_DAMAGE)[number];
  readonly at: number;
  readonly value: number;
}

const damage = fc
  .tuple(fc.constantFrom(...FRAME_DAMAGE, ...BYTE_DAMAGE), fc.nat(0xfff), fc.nat(0xfff))
  .map(([kind, at, value]): Damage => ({ kind, at, value }));

/** Up to three things that go wrong in a conversation, often none. */
export const damages: fc.Arbitrary<Damage[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Damage[]>([]) },
  { weight: 3, arbitrary: fc.array(damage, { maxLength: 3 }) },
);

/** The frames after all damage that concerns whole frames. */
export function damageFrames(frames: readonly WireFrame[], all: readonly Damage[]): WireFrame[] {
  let list = [...frames];
  for (const { kind, at, value } of all) {
    if (list.length === 0) return list;
    const index = at % list.length;
    const frame = list[index] as WireFrame;
    const replace = (change: Partial<WireFrame>): void => {
      list[index] = { ...frame, ...change };
    };
    if (kind === 'duplicate') list.splice(value % (list.length + 1), 0, frame);
    if (kind === 'drop') list = list.filter((one) => one !== frame);
    if (kind === 'swap') {
      const other = value % list.length;
      list[index] = list[other] as WireFrame;
      list[other] = frame;
    }
    if (kind === 'fin') replace({ fin: !frame.fin });
    if (kind === 'rsv') replace({ rsv: value % 8 });
    if (kind === 'opcode') replace({ opcode: value % 16 });
    if (kind === 'mask') replace({ wrongMask: true });
    if (kind === 'long form') replace({ lengthBytes: 2 });
    if (kind === 'longest form') replace({ lengthBytes: 8 });
    if (kind === 'lie') replace({ lie: (value % 9) - 4 });
    if (kind === 'big lie') replace({ lie: value * 40 });
    if (kind === 'huge lie') replace({ lie: 2 ** (16 + (value % 48)) });
    if (kind === 'border') {
      const lie = BORDERS[value % BORDERS.length]! - frame.payload.length;
      replace({ lie, lengthBytes: FORMS[at % FORMS.length]! });
    }
    if (kind === 'close early') list.splice(index, 0, list.at(-1) as WireFrame);
  }
  return list;
}

/** The bytes after all damage that concerns single bytes. */
export function damageBytes(bytes: Uint8Array, all: readonly Damage[]): Uint8Array {
  let result: Uint8Array = Buffer.from(bytes);
  for (const { kind, at, value } of all) {
    if (result.length === 0) return result;
    const from = at % result.length;
    const to = Math.min(result.length, from + 1 + (value % 16));
    const before = result.subarray(0, from);
    const piece = result.subarray(from, to);
    const after = result.subarray(to);
    if (kind === 'flip') result[from] = (result[from] as number) ^ (1 << (value & 7));
    if (kind === 'top bit') result[from] = (result[from] as number) ^ 0x80;
    if (kind === 'overwrite') result[from] = value & 0xff;
    if (kind === 'truncate') result = before;
    if (kind === 'cut short') result = result.subarray(0, Math.max(0, result.length - 1 - (value % 14)));
    if (kind === 'cut out') result = Buffer.concat([before, after]);
    if (kind === 'insert') result = Buffer.concat([before, Buffer.alloc(1 + (value % 7), value), piece, after]);
    if (kind === 'repeat') result = Buffer.concat([before, piece, piece, after]);
    if (kind === 'move') result = Buffer.concat([after, before, piece]);
  }
  return result;
}

/** Sizes of the chunks that a byte stream comes in, used over and over; none: all in one. */
export const chunkSizes: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<number[]>([]) },
  { weight: 2, arbitrary: fc.constant<number[]>([1]) },
  { weight: 5, arbitrary: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }) },
  { weight: 3, arbitrary: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }) },
);

/** Where the chunks end. A long stream comes in fewer and larger ones, so that no case takes long. */
export function cutPlaces(length: number, sizes: readonly number[]): number[] {
  if (sizes.length === 0) return length === 0 ? [] : [length];
  const scale = length > 200 ? 17 : 1;
  const places: number[] = [];
  for (let at = 0; at < length; ) {
    at = Math.min(length, at + (sizes[places.length % sizes.length] as number) * scale);
    places.push(at);
  }
  return places;
}
