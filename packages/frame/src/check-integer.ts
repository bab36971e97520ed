/** @throws RangeError unless `value` is an integer from 0 to `max`. The message begins with `name`. */
export function checkInteger(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${name}: an integer from 0 to ${max} expected, got ${value}`);
  }
}
