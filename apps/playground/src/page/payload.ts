const KIB = 1024;
const MIB = KIB * KIB;

/** The sizes that the page offers, in bytes. */
export const sizes: readonly number[] = [20, KIB, 64 * KIB, MIB];

/** The largest message that the server echoes, in bytes. */
export const MAX_SIZE: number = MIB;

/** A size as people read it: `20 B`, `64 KiB`, `1.5 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes >= MIB) return `${round(bytes / MIB)} MiB`;
  if (bytes >= KIB) return `${round(bytes / KIB)} KiB`;
  return `${bytes} B`;
}

/** A message of that many bytes, all ASCII, that begins with its number as far as there is room. */
export function makeText(count: number, size: number): string {
  return `#${count} `.slice(0, size).padEnd(size, 'webson ');
}

/** The same in bytes. */
export function makeBytes(count: number, size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(makeText(count, size), (character) => character.charCodeAt(0));
}

function round(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
