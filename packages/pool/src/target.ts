import { type Connection, type DialOptions, dial, HandshakeError } from '@webson/connection';
import {
  abortReason,
  after,
  integerOption,
  isRecord,
  LARGEST_DELAY,
  throwIfAborted,
  toError,
  whenAborted,
  wrongOption,
} from '@webson/connection/internal';

/** What is dialled: a URL, or a URL with options of its own, which replace those given beside it, one by one. */
export type DialTarget = string | URL | { readonly url: string | URL; readonly options?: DialOptions };

/** A target, or a function that is called for each attempt: 0 for the first, then the number that `onRedial` tells. */
export type DialTargetSource = DialTarget | ((attempt: number) => DialTarget | Promise<DialTarget>);

const EXPECTED = 'a URL, { url, options } or a function that returns one';
/** The default of `timeout.handshake` in milliseconds. */
const HANDSHAKE_TIMEOUT = 10_000;

/** Opens connections to a target: a function is asked anew each time. */
export class Opener {
  readonly #source: DialTargetSource;
  readonly #options: DialOptions;
  readonly #timeout: number;

  /** @throws ConfigError when `source` is not a target and no function, or an option is wrong that is used here. */
  constructor(source: DialTargetSource, options: DialOptions) {
    if (typeof source !== 'function') checkTarget(source);
    if (!isRecord(options)) throw wrongOption('options', 'an object', options);
    this.#source = source;
    this.#options = options;
    const { timeout }: DialOptions = options;
    this.#timeout = integerOption('timeout.handshake', timeout?.handshake, HANDSHAKE_TIMEOUT, 1, LARGEST_DELAY);
  }

  /**
   * Opens a connection, which is not started.
   *
   * Rejects as `dial` does; with HandshakeError `TARGET_FAILED` when the function throws, or rejects, and `TIMEOUT` when it
   * takes longer than `timeout.handshake`; with ConfigError when it returns something else than a target.
   *
   * @param signal ends the attempt, as the `signal` of the options does.
   */
  async open(attempt: number, signal?: AbortSignal): Promise<Connection> {
    const source = this.#source;
    const target = typeof source === 'function' ? await this.#ask(source, attempt) : source;
    checkTarget(target);
    const { url, options } = isUrl(target) ? { url: target, options: undefined } : target;
    const wanted = { ...this.#options, ...options };
    const signals = [signal, wanted.signal];
    for (const each of signals) throwIfAborted(each);
    const either = new AbortController();
    const unlisten = signals.map((each) => whenAborted(each, () => either.abort(each && abortReason(each))));
    try {
      return await dial(url, { ...wanted, signal: either.signal });
    } finally {
      for (const stop of unlisten) stop();
    }
  }

  async #ask(source: (attempt: number) => DialTarget | Promise<DialTarget>, attempt: number): Promise<DialTarget> {
    const timeout = this.#timeout;
    const asked = (async () => source(attempt))().catch((reason: unknown) => {
      const cause = toError(reason);
      throw new HandshakeError('TARGET_FAILED', `the target function failed: ${messageOf(cause)}`, {}, { cause });
    });
    return new Promise((resolve, reject) => {
      const timer = after(timeout, () => {
        reject(new HandshakeError('TIMEOUT', `no target within ${timeout} ms (timeout.handshake)`));
      });
      asked.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

function checkTarget(target: unknown): asserts target is DialTarget {
  if (isUrl(target) || (isRecord(target) && isUrl(target.url))) {
    const options = isUrl(target) ? undefined : (target as { options?: unknown }).options;
    if (options === undefined || isRecord(options)) return;
    throw wrongOption('options', 'an object', options);
  }
  throw wrongOption('target', EXPECTED, target);
}

function isUrl(target: unknown): target is string | URL {
  // A URL may be of another realm.
  return typeof target === 'string' || Object.prototype.toString.call(target) === '[object URL]';
}

// Reading the message of an error made by the application may throw.
function messageOf(error: Error): string {
  try {
    return String(error.message);
  } catch {
    return 'an error without a message';
  }
}
