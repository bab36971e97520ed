/** A fault as the engine had it once, made again in its built code. */
export interface Break {
  /** A part of the built code that is there once. */
  readonly code: string;
  /** What is there instead. */
  readonly broken: string;
  /** The known deadlock that it leads to: see `KNOWN`. */
  readonly known: string;
}

/** By what is wrong. */
export const BREAKS: Readonly<Record<string, Break>> = {
  'reading stops while handlers are busy': {
    code: 'return queuedBytes > 0 && queuedBytes >= this.#maxBytes / WAITING_SHARE;',
    broken: 'return this.#isBusy;',
    known: 'close() by the peer while a handler hangs',
  },
  'a reader that begins to wait is not looked at': {
    code: 'onStarving() {\n    this.#update();',
    broken: 'onStarving() {',
    known: 'a reader that goes on when as much waits as may',
  },
  'readers that wait behind others are not fed': {
    code: '#feed() {',
    broken: '#feed() {\n    return;',
    known: 'messages that may not start fill the window of the one that runs',
  },
  'what is granted for readers that wait is taken by others': {
    code: 'return Math.max(0, this.#window.available - this.#reserved);',
    broken: 'return this.#window.available;',
    known: 'many messages that have not ended, one at a time',
  },
  'messages that wait for their handlers are not let in for senders': {
    code: 'setAwaited(isAwaited) {\n    this.#isAwaited = isAwaited;',
    broken: 'setAwaited(isAwaited) {\n    return;',
    known: 'replies at both ends that wait for drained(), one at a time',
  },
  'no more than 1,024 messages wait': {
    code: 'if (this.isOver) return true;',
    broken: 'if (this.isOver) return true;\n    if (this.#handlers.queuedBytes >= 1024 * 512) return false;',
    known: 'more than a thousand messages behind one that is unfinished',
  },
  'reading stops at maxPendingBytes whoever waits': {
    code: 'get #isAwaited() {',
    broken: 'get #isAwaited() {\n    return false;',
    known: 'messages larger than may be pending come back, awaiting drained()',
  },
  'reading does not go on for close()': {
    code: 'return this.waitingSenders > 0 || isClosing || outbound.needsPeer;',
    broken: 'return this.waitingSenders > 0 || outbound.needsPeer;',
    known: 'close() at the bound while a handler hangs',
  },
  'messages that nobody reads are not given up': {
    code: 'settle(hasPromised) {\n    this.#isSettled = true;',
    broken: 'settle(hasPromised) {\n    return;',
    known: 'messages that nobody reads',
  },
  'what may not leave is not looked at': {
    code: '} else if (this.#intake.isPaused) {\n      this.#update();',
    broken: '} else {',
    known: 'replies wait for their handlers, and requests for windows',
  },
};
