import type { Duplex } from 'node:stream';
import { afterIfAlive, now, type Timer } from '../time/clock.js';

/** The methods of a socket that Node's HTTP calls without asking whether they are there. */
interface Manners {
  /** Milliseconds without anything after which `timeout` is emitted; 0 for never, undefined before `setTimeout`. */
  timeout: number | undefined;
  setTimeout(milliseconds: number, action?: () => void): this;
  setKeepAlive(): this;
  setNoDelay(): this;
  ref(): this;
  unref(): this;
}

/**
 * Gives a Duplex what a request with a timeout, or an agent that keeps connections, wants of its socket: `setTimeout`, which emits
 * `timeout` when nothing was read or written for so long, and methods that concern TCP and do nothing here.
 *
 * @returns a function to call whenever something is read or written.
 */
export function addManners(duplex: Duplex): () => void {
  let last = 0;
  let timer: Timer | undefined;
  const socket = duplex as Duplex & Manners;
  const watch = (delay: number): void => {
    timer = afterIfAlive(delay, () => {
      timer = undefined;
      const rest = last + (socket.timeout ?? 0) - now();
      if (rest > 0) watch(rest);
      else socket.emit('timeout');
    });
  };
  const manners: Manners & ThisType<Duplex & Manners> = {
    timeout: undefined,
    setTimeout(milliseconds, action) {
      timer?.cancel();
      timer = undefined;
      socket.timeout = milliseconds;
      last = now();
      if (milliseconds > 0 && !socket.destroyed) watch(milliseconds);
      if (action !== undefined && milliseconds > 0) socket.once('timeout', action);
      else if (action !== undefined) socket.off('timeout', action);
      return this;
    },
    setKeepAlive() {
      return this;
    },
    setNoDelay() {
      return this;
    },
    ref() {
      return this;
    },
    unref() {
      return this;
    },
  };
  Object.assign(duplex, manners);
  duplex.once('close', () => timer?.cancel());
  return () => {
    const { timeout = 0 } = socket;
    if (timeout === 0 || socket.destroyed) return;
    last = now();
    // As of a socket, `timeout` may be emitted again.
    if (timer === undefined) watch(timeout);
  };
}
