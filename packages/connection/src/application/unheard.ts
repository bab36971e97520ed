import type { Platform } from '../protocol/contract/platform.js';
import { printable } from './printable.js';
import { warnOnce } from './warnings.js';

/** Most characters of a message by which errors are told from each other where nothing knows the places that they come from. */
const TEXT_LENGTH = 80;

/**
 * Shows an error of the application's code which no `onError` has heard: as a warning with its stack, once for each place that throws
 * it, or for each message where the platform knows no places.
 *
 * @param where what the code was called as: 'in a handler', for example.
 */
export function showUnheard(platform: Platform, error: Error, where: string): void {
  const { stacks } = platform;
  const place = stacks?.placeOf(error) ?? readable(() => String(error.message).slice(0, TEXT_LENGTH));
  const kind = `${where} ${nameOf(error)} ${place}`;
  warnOnce(platform, 'WEBSON_UNHEARD_ERROR', kind, () => ({
    message: `no onError has heard what was thrown ${where}: ${summaryOf(error)}`,
    ...(stacks && { detail: stacks.stackOf(error) }),
    error,
  }));
}

/** Name, code and the first line of the message of an error. Never throws. */
export function summaryOf(error: Error): string {
  return readable(() => {
    return `${printable(nameOf(error))}: ${printable(String(error.message).split('\n', 1)[0] as string)}`;
  });
}

function nameOf(error: Error): string {
  return readable(() => {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' || typeof code === 'number' ? `${error.name} ${code}` : String(error.name);
  });
}

/** What `text` returns; never throws, as an error of the application may do that at every access. */
export function readable(text: () => string): string {
  try {
    return text();
  } catch {
    return 'an error that cannot be read';
  }
}
