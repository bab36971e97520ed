import { WebsonError } from '../protocol/contract/errors.js';

/** A module that is loaded when an option asks for it, and not before: once, and from then on it is there. */
export class OptionalPart<T> {
  readonly #option: string;
  readonly #import: () => Promise<T>;
  #loading: Promise<T> | undefined;
  #module: T | undefined;

  /** @param option asks for it: its name is for who reads that it could not be loaded. */
  constructor(option: string, load: () => Promise<T>) {
    this.#option = option;
    this.#import = load;
  }

  /** The module when it is there, else a promise of it. That rejects with WebsonError `LOAD_FAILED`. */
  get(): T | Promise<T> {
    if (this.#module !== undefined) return this.#module;
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<T> {
    try {
      this.#module = await this.#import();
      return this.#module;
    } catch (cause) {
      // Who asks next may have better luck.
      this.#loading = undefined;
      throw new WebsonError('LOAD_FAILED', `${this.#option}: the code for it could not be loaded`, { cause });
    }
  }
}
