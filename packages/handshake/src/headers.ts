/** A plain object of header fields, as in `node:http`. A field whose value is undefined is skipped. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The header fields of one HTTP message, read only.
 *
 * - Names compare without regard to case (RFC 9110 §5.1); repeated fields, order and spelling are kept.
 * - Nothing is validated here.
 * - Names are keys of a Map and never of an object, so that a name such as `__proto__` does no harm.
 */
export class HeaderMap {
  readonly #fields: readonly (readonly [name: string, value: string])[];
  readonly #values = new Map<string, string[]>();

  /** @param fields pairs of name and value, in the order of the message. */
  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    this.#fields = [...fields];
    for (const [name, value] of this.#fields) {
      const key = name.toLowerCase();
      const values = this.#values.get(key);
      if (values === undefined) this.#values.set(key, [value]);
      else values.push(value);
    }
  }

  /**
   * Reads an alternating list of names and values, such as `rawHeaders` of `node:http`. A last name alone is skipped.
   */
  static fromRaw(raw: readonly string[]): HeaderMap {
    const fields: [string, string][] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i] as string, raw[i + 1] as string]);
    return new HeaderMap(fields);
  }

  /** Reads a plain object. An array stands for a repeated field, `undefined` for no field. */
  static fromRecord(record: HeaderRecord): HeaderMap {
    return new HeaderMap(headerFields(record));
  }

  /** The number of fields; every repetition counts. */
  get size(): number {
    return this.#fields.length;
  }

  /** Whether a field of that name is present. */
  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  /** The value of a field, repetitions joined with `, ` (RFC 9110 §5.3), or `undefined` if it is absent. */
  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase())?.join(', ');
  }

  /** The values of all fields of that name, in order; empty if there is none. */
  getAll(name: string): readonly string[] {
    return [...(this.#values.get(name.toLowerCase()) ?? [])];
  }

  /** Name and value of every field, as spelt and ordered in the message. */
  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    yield* this.#fields;
  }
}

/** The fields of a plain object as pairs: one pair for each element of an array, none for `undefined`. */
export function headerFields(record: HeaderRecord): [name: string, value: string][] {
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined || value === null) continue;
    if (typeof value === 'object') for (const each of value) fields.push([name, each]);
    else fields.push([name, value]);
  }
  return fields;
}
