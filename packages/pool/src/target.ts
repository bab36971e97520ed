import { type Connection, type DialOptions, dial, HandshakeError } from '@webson/connection';
import {
  abortReason,
  after,
  checkDialOptions,
  checkOptions,
  DIAL_KINDS,
  isRecord,
  type OptionKinds,
  RECORD,
  summaryOf,
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

interface TargetOptions {
  url?: string | URL;
  options?: DialOptions;
}

const TARGET_KINDS: OptionKinds<TargetOptions, 'url' | 'options'> = {
  url: { expected: 'a URL', accepts: isUrl },
  options: RECORD,
};

const BESIDE = { kinds: DIAL_KINDS, hint: 'put it under options, as in { url, options: { … } }' };

/** Opens connections to a target: a function is asked anew each time. */
export class Opener {
  readonly #source: DialTargetSource;
  readonly #options: DialOptions;
  readonly #timeout: number;

  /** @throws ConfigError when `source` is neither a target nor a function, or an option is wrong. */
  constructor(source: DialTargetSource, options: DialOptions) {
    const checked = checkDialOptions(options);
    this.#source = source;
    this.#options = checked;
    this.#timeout = checked.timeout.handshake as number;
    if (typeof source !== 'function') checkDialOptions(this.#merged(source).options);
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
    const target =
      typeof source === 'function' ? await this.#ask(source, attempt, [signal, this.#options.signal]) : source;
    const { url, options: wanted } = this.#merged(target);
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

  #merged(target: DialTarget): { url: string | URL; options: DialOptions } {
    if (isUrl(target)) return { url: target, options: this.#options };
    if (!isRecord(target) || target.url === undefined) throw wrongOption('target', EXPECTED, target);
    const { url = '', options } = checkOptions('target', target as TargetOptions, TARGET_KINDS, BESIDE);
    return { url, options: { ...this.#options, ...options } };
  }

  async #ask(
    source: (attempt: number) => DialTarget | Promise<DialTarget>,
    attempt: number,
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<DialTarget> {
    for (const each of signals) throwIfAborted(each);
    const timeout = this.#timeout;
    const asked = (async () => source(attempt))().catch((reason: unknown) => {
      const cause = toError(reason);
      throw new HandshakeError('TARGET_FAILED', `the target function failed: ${summaryOf(cause)}`, {}, { cause });
    });
    // The function may never come to an end: neither the timer nor the listeners wait for that.
    let release: () => void;
    const answer = new Promise<DialTarget>((resolve, reject) => {
      const timer = after(timeout, () => {
        reject(new HandshakeError('TIMEOUT', `no target within ${timeout} ms (timeout.handshake)`));
      });
      const unlisten = signals.map((each) => whenAborted(each, () => reject(each && abortReason(each))));
      release = () => {
        timer.cancel();
        for (const stop of unlisten) stop();
      };
      asked.then(resolve, reject);
    });
    return answer.finally(() => release());
  }
}

function isUrl(target: unknown): target is string | URL {
  // A URL may be of another realm. That of React Native does not say what it is.
  return (
    typeof target === 'string' || target instanceof URL || Object.prototype.toString.call(target) === '[object URL]'
  );
}
