import type { MessageSource } from './adapter.js';
import { abortReason, throwIfAborted, whenAborted } from './application/abort.js';
import { openSource, type Pieces, toPiece } from './application/source.js';
import { toError } from './application/thrown.js';
import type { Link } from './lifecycle/link.js';
import { MessageWriter } from './lifecycle/message-writer.js';
import { ClosedError, MessageCancelledError } from './protocol/contract/errors.js';

/**
 * Sends one message piece by piece as `source` yields it. See {@link Adapter.dispatchReader}.
 *
 * Invariants:
 * - A piece is asked for only when there is room for it.
 * - An abort, the end of the transport, or a peer that cancels the message ends any wait at once.
 * - The source's `return` is called on every failure. Nothing waits for it.
 * - A message that has begun and cannot be taken back fails the connection with 1011: without streams nothing else could be sent
 *   before its last frame (RFC 6455 §5.4).
 */
export async function sendFrom(link: Link, type: number, source: MessageSource, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  const iterator = openSource(source);
  const interrupt = new Interrupt();
  const unlisten = whenAborted(signal, () => interrupt.trip(signal && abortReason(signal)));
  const stopWatching = link.whenGone(() => interrupt.trip(closedError()));
  const message = new MessageWriter(link, type, () => {
    interrupt.trip(new MessageCancelledError('the peer wants no more of the message'));
  });
  try {
    for (;;) {
      if (message.isFull) await interrupt.wait(message.room());
      const next = await interrupt.wait(Promise.resolve(iterator.next()));
      if (link.isClosing) throw closedError();
      if (next.done === true) break;
      message.write(toPiece(next.value));
    }
    message.end();
  } catch (error) {
    // Without streams a message that has begun cannot be taken back, and no other can be sent before its end. A peer that has
    // closed waits for none.
    const isLeft = link.isClosing || message.abort() || link.hasPeerClosed;
    if (!isLeft) link.fail(1011, 'message source failed', toError(error));
    void stop(iterator);
    throw error;
  } finally {
    message.release();
    unlisten();
    stopWatching();
  }
}

/** Cuts a wait short. `Promise.race` with one lasting promise would keep every past wait in memory. */
class Interrupt {
  #reject: (reason: unknown) => void = () => {};
  #reason: unknown;

  wait<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined) reject(this.#reason);
      this.#reject = reject;
      promise.then(resolve, reject);
    });
  }

  trip(reason: unknown): void {
    if (this.#reason === undefined) this.#reason = reason;
    this.#reject(this.#reason);
  }
}

function closedError(): ClosedError {
  return new ClosedError('the connection closed before the message was sent');
}

// Tells the source to stop. Nobody waits for it, because it may hang, and its errors are ignored.
async function stop(iterator: Pieces): Promise<void> {
  try {
    await iterator.return?.();
  } catch {}
}
