import type { MessageSource } from './adapter.js';
import type { Link } from './link.js';
import { toPayload } from './payload.js';
import { ClosedError } from './protocol/errors.js';
import type { PartialMessage } from './protocol/sender.js';

/**
 * Sends one message piece by piece as `source` yields it, waiting while the link is above its mark.
 * See {@link Adapter.dispatchReader}.
 */
export async function sendFrom(link: Link, type: number, source: MessageSource, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const iterator = iterate(source);
  const interrupt = new Interrupt();
  const onAbort = (): void => interrupt.trip(asError(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  const stopWatching = link.whenGone(() => interrupt.trip(closedError()));
  let message: PartialMessage | undefined;
  try {
    const begun = await interrupt.wait(
      new Promise<PartialMessage>((resolve) => {
        message = link.beginMessage(type, () => queueMicrotask(() => resolve(message as PartialMessage)));
      }),
    );
    for (;;) {
      const next = await interrupt.wait(Promise.resolve(iterator.next()));
      if (link.isClosing) throw closedError();
      if (next.done === true) break;
      begun.write(toPayload(next.value));
      link.flushSoon();
      await interrupt.wait(link.drained());
    }
    begun.end();
    link.flushSoon();
  } catch (error) {
    if (message?.isBegun === false) {
      message.withdraw();
      // Others may have waited for its end.
      link.flushSoon();
    }
    // Half a message cannot be taken back, and nothing else can be sent before its end.
    else if (!link.isClosing) link.fail(1011, 'message source failed', asError(error));
    void stop(iterator);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stopWatching();
  }
}

/** Lets one wait after the other be cut short. A race against one lasting promise would keep every wait in memory. */
class Interrupt {
  #reject: (error: Error) => void = () => {};
  #error: Error | undefined;

  wait<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) reject(this.#error);
      this.#reject = reject;
      promise.then(resolve, reject);
    });
  }

  trip(error: Error): void {
    this.#error ??= error;
    this.#reject(this.#error);
  }
}

function iterate(source: MessageSource): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  if (Symbol.iterator in source) return source[Symbol.iterator]();
  throw new TypeError('source: an iterable, async iterable or ReadableStream of Uint8Array expected');
}

// Tells the source without waiting for it: it may be the one that hangs. How it takes it is its own affair.
async function stop(iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {}
}

function closedError(): ClosedError {
  return new ClosedError('the connection closed before the message was sent');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
