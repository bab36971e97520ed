/** The types of the options of an object, by their names: those of `typeof`, or Uint8Array, several joined with `or`. */
export type OptionTypes<T> = { readonly [K in keyof Required<T>]: string };

/**
 * Checks names and types of options; their ranges are checked where they are used. An option that is undefined counts as
 * left out.
 *
 * @param what the object is called in the message.
 * @throws TypeError for an unknown option, or for one of another type.
 */
export function checkOptions<T extends object>(what: string, options: T, types: OptionTypes<T>): void {
  checkType(what, options, 'object');
  for (const name in options) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (!Object.hasOwn(types, name)) {
      throw new TypeError(`${name}: no such option; there are ${Object.keys(types).join(', ')}`);
    }
    checkType(name, value, types[name]);
  }
}

/** @throws TypeError unless `value` is of one of the types. The message begins with `name`. */
export function checkType(name: string, value: unknown, types: string): void {
  const type = value === null ? 'null' : typeof value;
  if (types.split(' or ').includes(isBytes(value) ? 'Uint8Array' : type)) return;
  throw new TypeError(`${name}: ${types} expected, got ${type}`);
}

function isBytes(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Uint8Array]' && ArrayBuffer.isView(value);
}
