// Control and format characters, line and paragraph separators: a terminal may obey them, and a log may take them for its own.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_BUT_LAYOUT = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text from anywhere as one line that may stand in a log. It is cut to `length` characters. */
export function printable(text: string, length = 200): string {
  return escaped(text.length > length ? `${text.slice(0, length)}…` : text, UNPRINTABLE);
}

/** As {@link printable}, in several lines and not cut: for stacks. */
export function printableLines(text: string): string {
  return escaped(text, UNPRINTABLE_BUT_LAYOUT);
}

function escaped(text: string, unprintable: RegExp): string {
  return text.replace(unprintable, (character) => {
    const code = character.codePointAt(0) as number;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
