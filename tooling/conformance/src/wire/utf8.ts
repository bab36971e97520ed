// RFC 3629 §4, line by line: each row is a form of character, as the ranges its bytes lie in.
const TAIL: Range = [0x80, 0xbf];
type Range = readonly [from: number, to: number];
const FORMS: readonly (readonly Range[])[] = [
  [[0x00, 0x7f]],
  [[0xc2, 0xdf], TAIL],
  [[0xe0, 0xe0], [0xa0, 0xbf], TAIL],
  [[0xe1, 0xec], TAIL, TAIL],
  [[0xed, 0xed], [0x80, 0x9f], TAIL],
  [[0xee, 0xef], TAIL, TAIL],
  [[0xf0, 0xf0], [0x90, 0xbf], TAIL, TAIL],
  [[0xf1, 0xf3], TAIL, TAIL, TAIL],
  [[0xf4, 0xf4], [0x80, 0x8f], TAIL, TAIL],
];

/**
 * Where `bytes` stop being UTF-8: the index of the first byte that no valid text could have there, 'end' when the text is
 * cut off within a character, undefined when it is valid. Written to be read, not to be quick.
 */
export function firstFault(bytes: Uint8Array): number | 'end' | undefined {
  let at = 0;
  while (at < bytes.length) {
    let forms = FORMS;
    let length = 0;
    while (length === 0 || forms[0]!.length > length) {
      const byte = bytes[at + length];
      if (byte === undefined) return 'end';
      forms = forms.filter((form) => {
        const [from, to] = form[length]!;
        return byte >= from && byte <= to;
      });
      if (forms.length === 0) return at + length;
      length++;
    }
    at += length;
  }
  return undefined;
}
