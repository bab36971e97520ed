/**
 * Milliseconds to wait before the next attempt: anything from 0 to a bound that doubles with every attempt. Who was thrown
 * out together does not come back together ("full jitter").
 *
 * @param attempt 1 for the first.
 * @param interval the bound for the first attempt, in ms.
 * @param maxInterval what the bound grows to at most, in ms.
 */
export function backOff(attempt: number, interval: number, maxInterval: number): number {
  return Math.random() * Math.min(interval * 2 ** (attempt - 1), maxInterval);
}
