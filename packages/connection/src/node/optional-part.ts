import { WebsonError } from '../protocol/contract/errors.js';

/** A module that is loaded when an option first needs it, and kept from then on. */
export class OptionalPart<T> {
  readonly #option: string;
  readonly #import: () => Promise<T>;
  #loading: Promise<T> | undefined;
  #module: T | undefined;

  /** @param option name of the option that needs the module, for the error message. */
  constructor(option: string, load: () => Promise<T>) {
    this.#option = option;
    this.#import = load;
  }

  /** The module if it is loaded, otherwise a promise of it, which rejects with WebsonError `LOAD_FAILED` when that fails. */
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
      // The next caller tries again.
      this.#loading = undefined;
      throw new WebsonError('LOAD_FAILED', `${this.#option}: the code for it could not be loaded`, { cause });
    }
  }
}
