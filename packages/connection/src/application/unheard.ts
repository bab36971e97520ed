import type { Platform } from '../protocol/contract/platform.js';
import { printable, printableLines } from './printable.js';
import { warnOnce } from './warnings.js';

/** Most characters of a stack that are shown. */
const STACK_LENGTH = 4000;
/** Most causes of an error that are shown, and most errors that one of several errors holds. */
const MOST_CAUSES = 4;

/**
 * Shows an error of the application's code which no `onError` has heard: as a warning of the process with its stack, once for
 * each place that throws it.
 *
 * @param where what the code was called as: 'in a handler', for example.
 */
export function showUnheard(platform: Platform, error: Error, where: string): void {
  // The message is no part of the kind: it may hold what a peer has sent, and differ every time.
  const kind = `${where} ${nameOf(error)} ${placeOf(error)}`;
  warnOnce(platform, 'WEBSON_UNHEARD_ERROR', kind, () => ({
    message: `no onError has heard what was thrown ${where}: ${summaryOf(error)}`,
    detail: stackOf(error),
  }));
}

/** Name, code and the first line of the message of an error. Never throws. */
export function summaryOf(error: Error): string {
  return read(() => {
    return `${printable(nameOf(error))}: ${printable(String(error.message).split('\n', 1)[0] as string)}`;
  });
}

function nameOf(error: Error): string {
  return read(() => {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : String(error.name);
  });
}

// The innermost place in a file: what throws from the same place is taken for the same mistake.
function placeOf(error: Error): string {
  return read(() => /^\s*at .*:\d+:\d+\)?$/m.exec(String(error.stack).slice(0, STACK_LENGTH))?.[0] ?? '');
}

// The stack of an error and of its causes. Its other properties are left out: they may be secret.
function stackOf(error: Error): string {
  const parts: string[] = [];
  const add = (value: unknown, prefix: string, depth: number): void => {
    const { stack, message, cause, errors } = value as AggregateError & { cause?: unknown };
    parts.push(prefix + String(stack ?? message).slice(0, STACK_LENGTH));
    if (depth === MOST_CAUSES) return;
    if (cause !== undefined) addAny(cause, 'cause: ', depth + 1);
    if (Array.isArray(errors)) for (const each of errors.slice(0, MOST_CAUSES)) addAny(each, 'one of: ', MOST_CAUSES);
  };
  const addAny = (value: unknown, prefix: string, depth: number): void => {
    if (Object(value) === value) add(value, prefix, depth);
    else parts.push(`${prefix}${String(value)}`);
  };
  // Reading a property of a Proxy may throw: what was read before is shown.
  try {
    add(error, '', 0);
  } catch {}
  return printableLines(parts.join('\n'));
}

function read(text: () => string): string {
  try {
    return text();
  } catch {
    return 'an error that cannot be read';
  }
}
