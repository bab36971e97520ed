/** How a number may be written in a doc comment. */
function spellingsOf(value: number): string[] {
  const power = Math.log2(value);
  const below = Math.log2(value + 1);
  return [
    String(value),
    value.toLocaleString('en-US'),
    ...(value % 2 ** 20 === 0 ? [`${value / 2 ** 20} MiB`] : []),
    ...(value % 2 ** 10 === 0 ? [`${value / 2 ** 10} KiB`] : []),
    ...(Number.isInteger(power) ? [`2^${power}`] : []),
    ...(Number.isInteger(below) ? [`2^${below} - 1`] : []),
  ];
}

/** Whether the text has that number, in one of its spellings, as a word of its own. */
export function mentions(text: string, value: number): boolean {
  return spellingsOf(value).some((spelling) => {
    const at = text.indexOf(spelling);
    return (
      at >= 0 && !/[\d.,^]\d*$/.test(text.slice(0, at).slice(-1)) && !/^[\d^]/.test(text.slice(at + spelling.length))
    );
  });
}

/** A range in words. Of milliseconds the longest that a timer can wait is not said. */
export function rangeOf(min: number, max: number, unit?: 'ms'): string {
  const isOpen = unit === 'ms' || max === Number.MAX_SAFE_INTEGER;
  const range = !isOpen ? `${min} to ${spelt(max)}` : min === -max ? '' : `at least ${min}`;
  return [unit ?? '', range].filter((part) => part !== '').join(', ');
}

function spelt(value: number): string {
  return value > 1e6 ? (spellingsOf(value).at(-1) as string) : String(value);
}

/** A default for people: '' when there is none. */
export function defaultOf(value: unknown): string {
  if (value === undefined || typeof value === 'function') return '';
  if (Array.isArray(value)) return 'none';
  if (typeof value === 'object') return '';
  return `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``;
}
