import { constants, deflateRawSync } from 'node:zlib';
import type { Kind } from './job.js';

const TAIL_LENGTH = 4;
const WINDOW = 32_768;

/** A JSON document of exactly `size` bytes of ASCII: records as services send them, different for every seed. */
export function jsonMessage(size: number, seed: number): string {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let text = '[';
  while (text.length < size) {
    text += `${JSON.stringify({
      id: random(1e9),
      user: `user${random(5000)}`,
      mail: `u${random(5000)}@example.com`,
      active: random(2) === 1,
      score: random(100_000) / 100,
      at: new Date(1.7e12 + random(1e9)).toISOString(),
      tags: [`tag${random(50)}`, `tag${random(50)}`],
    })},`;
  }
  // Whatever was cut off is made up for: a string of the length that is missing.
  const cut = text.lastIndexOf('},', size - 8) + 2;
  return `${text.slice(0, cut)}"${'x'.repeat(size - cut - 3)}"]`;
}

/** A message deflated as permessage-deflate wants it (RFC 7692 §7.2.1), that may refer to `before`. */
function deflated(message: Uint8Array, before: Uint8Array): Uint8Array {
  const bytes = deflateRawSync(message, {
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(before.length > 0 ? { dictionary: before.subarray(-WINDOW) } : undefined),
  });
  return bytes.subarray(0, bytes.length - TAIL_LENGTH);
}

/** What a client sends, over and over, and what has to come back. */
export interface PreparedMessages {
  readonly messages: readonly Buffer[];
  /** Frames of the first round, in which there is nothing to refer back to, and of all after it. */
  readonly first: readonly Buffer[];
  readonly next: readonly Buffer[];
}

/** Prepares `count` messages as masked text frames; `encode` makes a frame of a payload. */
export function prepareMessages(
  size: number,
  count: number,
  kind: Kind,
  encode: (payload: Uint8Array) => Buffer,
): PreparedMessages {
  const messages = Array.from({ length: count }, (_, i) => Buffer.from(jsonMessage(size, i + 1)));
  let before = Buffer.alloc(0);
  const round = (): Buffer[] =>
    messages.map((message) => {
      const payload = kind === 'plain' ? message : deflated(message, before);
      if (kind === 'takeover') before = Buffer.concat([before, message]).subarray(-WINDOW);
      return encode(payload);
    });
  const first = round();
  return { messages, first, next: kind === 'takeover' ? round() : first };
}
