import { isAscii } from 'node:buffer';

// The grammar of RFC 3629 §4, to the letter, over bytes that are written as the characters U+0000 to U+00FF.
const CHARACTERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are bytes here
  /(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*/y;
const BEGINNING =
  /^(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]?|[\xe1-\xec\xee\xef][\x80-\xbf]?|\xed[\x80-\x9f]?|\xf0(?:[\x90-\xbf][\x80-\xbf]?)?|[\xf1-\xf3][\x80-\xbf]{0,2}|\xf4(?:[\x80-\x8f][\x80-\xbf]?)?)?/;

/**
 * Where the first byte stands that no valid UTF-8 can have there (RFC 6455 §8.1), -1 when there is none, and whether the
 * text may end where it ends.
 */
export function checkUtf8(bytes: Uint8Array): { badAt: number; isComplete: boolean } {
  if (isAscii(bytes)) return { badAt: -1, isComplete: true };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let end = 0;
  // In pieces: the engine remembers a place for every repetition.
  for (let from = -1; end > from && end < text.length; ) {
    from = end;
    CHARACTERS.lastIndex = from;
    end = from + (CHARACTERS.exec(text)?.[0].length ?? 0);
  }
  if (end === text.length) return { badAt: -1, isComplete: true };
  const begun = BEGINNING.exec(text.slice(end, end + 4))?.[0].length ?? 0;
  return { badAt: end + begun === text.length ? -1 : end + begun, isComplete: false };
}
