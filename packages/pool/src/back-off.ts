/**
 * Milliseconds to wait before the next attempt: a random number from 0 to a bound that doubles with every attempt
 * ("full jitter"), so that clients that lost their connections together do not come back together.
 *
 * @param attempt 1 for the first.
 * @param interval the bound for the first attempt, in ms.
 * @param maxInterval the largest bound, in ms.
 */
export function backOff(attempt: number, interval: number, maxInterval: number): number {
  return Math.random() * Math.min(interval * 2 ** (attempt - 1), maxInterval);
}
