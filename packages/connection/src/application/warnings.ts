import type { Platform, Warning } from '../protocol/contract/platform.js';

/** Most warnings of one code that a process shows. What peers can cause must not fill its log. */
const MOST_KINDS = 64;

/** A kind is cut to this many characters before it is remembered. */
const KIND_LENGTH = 300;

// The kinds that were shown, by the code of the warning. There are few codes, all of them in this package.
const shown = new Map<string, Set<string>>();

/**
 * Shows a warning once for each kind in the process, and at most 64 of one code. The last of these says that no more follow.
 *
 * @param kind what the warnings of one kind have in common.
 * @param make called only when the warning is shown.
 */
export function warnOnce(platform: Platform, code: string, kind: string, make: () => Omit<Warning, 'code'>): void {
  if (platform.warn === undefined) return;
  let kinds = shown.get(code);
  if (kinds === undefined) {
    kinds = new Set();
    shown.set(code, kinds);
  }
  const key = kind.slice(0, KIND_LENGTH);
  if (kinds.size >= MOST_KINDS || kinds.has(key)) return;
  kinds.add(key);
  const warning = make();
  const more = kinds.size < MOST_KINDS ? '' : ` (Further warnings ${code} are not shown.)`;
  platform.warn({ code, ...warning, message: warning.message + more });
}
