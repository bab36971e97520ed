import { wrongOption } from './option-kinds.js';

/** The longest delay of the run-time's timers, in milliseconds: 24 days. */
export const LARGEST_DELAY: number = 2 ** 31 - 1;

/** The value of an option, an integer from `min` to `max`, or `fallback` if it is left out. @throws ConfigError naming it. */
export function integerOption(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw wrongOption(name, `an integer from ${min} to ${max}`, value);
}
