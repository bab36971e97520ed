const POOL = Uint8Array.from(
  { length: (1 << 22) + 4096 },
  (_, i) => 32 + ((((i * 2654435761) >>> 13) ^ (i >> 7)) % 90),
);

/** Bytes that tell which message a content is. A shorter one has no name. */
export const NAME_LENGTH = 6;

/** The content of a message: ASCII, its name first, the rest another one for every name. */
export function contentOf(name: string, length: number): Uint8Array {
  const content = new Uint8Array(length);
  let at = numberOf(name) % 4096;
  for (let filled = 0; filled < length; at = 0) {
    const part = POOL.subarray(at, at + length - filled);
    content.set(part, filled);
    filled += part.length;
  }
  if (length < NAME_LENGTH) return content.fill(120);
  for (let i = 0; i < NAME_LENGTH; i++) content[i] = name.charCodeAt(i);
  return content;
}

/** The name of a message, or of the beginning of one; undefined for one without. */
export function nameOf(content: Uint8Array): string | undefined {
  if (content.length < NAME_LENGTH) return undefined;
  return String.fromCharCode(...content.subarray(0, NAME_LENGTH));
}

/** A name of {@link NAME_LENGTH} characters. */
export function nameFor(kind: string, number: number): string {
  return kind + number.toString(36).padStart(NAME_LENGTH - 1, '0');
}

/** True when both are the same bytes. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

function numberOf(name: string): number {
  return Number.parseInt(name.slice(1), 36) * 37;
}
