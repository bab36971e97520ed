/** Rows of equal columns, all but the first `left` to the right. */
export function table(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => alignedRow(row, widths, left));
}

/** One row in columns of these widths, all but the first `left` to the right. */
export function alignedRow(row: readonly string[], widths: readonly number[], left = 1): string {
  return row
    .map((text, column) => (column < left ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
    .join('  ')
    .trimEnd();
}

/** Rows as Markdown has them, the first being the head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map(markdownRow);
}

/** `| a | b |` */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** `1,234` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1.20 – 1.31` */
export function range({ min, max }: { readonly min: number; readonly max: number }, digits = 2): string {
  return `${min.toFixed(digits)} – ${max.toFixed(digits)}`;
}

/** `20 B`, `64 KiB`, `1 MiB` */
export function describeSize(bytes: number): string {
  if (bytes >= 1048576 && bytes % 1048576 === 0) return `${bytes / 1048576} MiB`;
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`;
  return `${bytes} B`;
}
