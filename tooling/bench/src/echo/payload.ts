import { randomBytes } from 'node:crypto';

/** What messages consist of: random bytes, text of ASCII characters, or text of characters of one to four bytes. */
export type PayloadKind = 'binary' | 'text' | 'unicode';

/** The kinds, in the order they are shown. */
export const payloadKinds: readonly PayloadKind[] = ['binary', 'text', 'unicode'];

/** `ASCII text`; of random bytes nothing is said. */
export function describePayload(kind: PayloadKind): string | undefined {
  return { binary: undefined, text: 'ASCII text', unicode: 'non-ASCII text' }[kind];
}

/** Opcode of a frame that carries it (RFC 6455 §5.2). */
export function opcodeOf(kind: PayloadKind): number {
  return kind === 'binary' ? 2 : 1;
}

/** Characters of two, three and four bytes, Latin to emoji. */
const wide = ['é', 'Ж', '€', '漢', '😀'].map((character) => Buffer.from(character));
const firstPrintable = 0x20;
const printable = 0x5f;

/** `size` random bytes of a kind. Half of the characters of `unicode` are ASCII; both kinds of text are valid UTF-8. */
export function randomPayload(kind: PayloadKind, size: number): Buffer {
  const bytes = randomBytes(size);
  if (kind === 'binary') return bytes;
  for (let at = 0; at < size; ) {
    const random = bytes[at] as number;
    const character = kind === 'unicode' && random >= 128 ? wide[random % wide.length] : undefined;
    if (character !== undefined && at + character.length <= size) at += character.copy(bytes, at);
    else bytes[at++] = firstPrintable + (random % printable);
  }
  return bytes;
}
