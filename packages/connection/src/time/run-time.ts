// The clock and the timers of the run-time, taken when this module loads.
//
// Invariants:
// - Connections never use the replacements (fake timers) that a test installs globally for a while: a timer that was set on a
//   replacement is lost when that is removed.
// - The replacements may have been installed before this module loads. So it tests whether the functions are the real ones, and
//   until it finds those it uses other means: the timer of a socket, and a message to itself.
// - In workerd a timer or a port belongs to the request in which it was made: no other request may use it, and it is gone with that
//   one. So nothing that waits is shared there, and none is made while the module loads.

type Action = () => void;

/** A timer made by `setTimer`, to be given to `clearTimer`. */
export type RunTimeTimer = { close(): unknown } | ReturnType<typeof setTimeout>;

/** The parts of Node's modules that are used here. Bun and Deno have them, too. */
interface Modules {
  readonly 'node:timers': Pick<typeof globalThis, 'setTimeout' | 'clearTimeout' | 'setImmediate' | 'clearImmediate'>;
  readonly 'node:perf_hooks': { readonly performance: { now(): number } };
  readonly 'node:net': {
    readonly Socket: new () => { setTimeout(delay: number, action: Action): void; destroy(): void };
  };
  readonly 'node:worker_threads': { readonly MessageChannel: new () => { port1: Port; port2: Port } };
}

interface Port {
  on(event: 'message', action: Action): void;
  postMessage(message: unknown): void;
  close(): void;
}

interface NodeProcess {
  getBuiltinModule?<N extends keyof Modules>(name: N): Modules[N];
}

/** True in workerd: what waits for one connection must not carry the actions of another one, which may be of another request. */
export const areRequestsApart: boolean = 'WebSocketPair' in globalThis;

// The `node:timers` of workerd are not those of Node, and the global ones do.
const { process: node } = (areRequestsApart ? {} : globalThis) as { process?: NodeProcess };
const timers = node?.getBuiltinModule?.('node:timers');
const ownClock = node?.getBuiltinModule?.('node:perf_hooks').performance ?? performance;
// A replacement of this method alone is put on the object, so the real one is taken from the prototype.
const readOwnClock = (Object.getPrototypeOf(ownClock) as Partial<typeof ownClock>).now ?? ownClock.now;

// Fake timers imitate the names of Node's classes, but not their internal properties.
const isTimeout = (made: object): boolean => '_idleTimeout' in made;
const isImmediate = (made: object): boolean => made.constructor.name === 'Immediate';

/** A clock that can replace the one of the run-time, for example one that a test advances by hand. */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards. */
  now(): number;
  /** Calls `action` once, after `delay` milliseconds. */
  setTimer(action: () => void, delay: number): { close(): void };
}

type StartTimer = (action: Action, delay: number) => RunTimeTimer;

// The clock in use, and the function that sets its timers.
let clock: { now(): number } = ownClock;
let readClock: () => number = readOwnClock;
let startTimer: StartTimer | undefined;
let startOwnTimer: StartTimer | undefined;
let startImmediate: ((action: Action) => unknown) | undefined;
// The `setImmediate` of workerd exists with some of its flags only.
if (areRequestsApart) startImmediate = (action) => setTimeout(action, 0);
findRealTimers();

/** Uses another clock for the time and for timers set from now on; undefined for the one of the run-time. */
export function replaceClock(other: Clock | undefined): void {
  if (clock === ownClock) startOwnTimer = startTimer;
  clock = other ?? ownClock;
  readClock = other?.now ?? readOwnClock;
  startTimer = other === undefined ? startOwnTimer : (action, delay) => other.setTimer(action, delay);
}

/** Milliseconds on a clock that never goes backwards. */
export function readTime(): number {
  return readClock.call(clock);
}

/** Calls `action` once, after `delay` milliseconds: 0 to 2^31 - 1. */
export function setTimer(action: Action, delay: number): RunTimeTimer {
  if (startTimer === undefined) findRealTimers();
  return startTimer === undefined ? socketTimer(action, delay) : startTimer(action, delay);
}

/** Cancels a timer. */
export function clearTimer(timer: RunTimeTimer): void {
  // `close` is preferred, as the global function that clears timers may have been replaced since.
  if (typeof timer === 'object' && typeof timer.close === 'function') timer.close();
  else clearTimeout(timer as ReturnType<typeof setTimeout>);
}

/** Lets the process end while the timer is pending, where the run-time can do that. */
export function letGo(timer: RunTimeTimer): void {
  if (typeof timer === 'object' && 'unref' in timer && typeof timer.unref === 'function') timer.unref();
}

/** Calls `action` after the events of this turn of the event loop were handled. */
export function inNextTurn(action: Action): void {
  if (startImmediate === undefined) findRealTimers();
  if (startImmediate === undefined) sendToSelf(action);
  else startImmediate(action);
}

/** Takes those of the current global functions that are the real ones. */
function findRealTimers(): void {
  for (const source of timers === undefined ? [globalThis] : [timers, globalThis]) {
    const { setTimeout: timer, clearTimeout, setImmediate: immediate, clearImmediate } = source;
    if (startTimer === undefined && isReal(timer, clearTimeout, isTimeout)) startTimer = timer;
    if (startImmediate === undefined && isReal(immediate, clearImmediate, isImmediate)) startImmediate = immediate;
  }
}

/** Whether a function returns the same kind of object as the run-time's own. Without Node's modules it is taken for real. */
function isReal<T>(
  start: (action: Action, delay: number) => T,
  clear: (made: T) => void,
  isMade: (made: object) => boolean,
): boolean {
  if (timers === undefined) return typeof start === 'function';
  try {
    const made = start(() => {}, 0);
    clear(made);
    return isMade(made as object);
  } catch {
    return false;
  }
}

/** Uses the timer of a socket, for which Node does not call its public functions. */
function socketTimer(action: Action, delay: number): RunTimeTimer {
  const { Socket } = node!.getBuiltinModule!('node:net');
  const socket = new Socket();
  // A delay of 0 would disable the timer.
  socket.setTimeout(Math.max(delay, 1), () => {
    socket.destroy();
    action();
  });
  return { close: () => socket.destroy() };
}

/** Uses a message to this thread itself, which arrives a turn later. */
function sendToSelf(action: Action): void {
  if (node?.getBuiltinModule === undefined) {
    sendWithinPage(action);
    return;
  }
  const { MessageChannel } = node!.getBuiltinModule!('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => {
    port1.close();
    action();
  });
  port2.postMessage(undefined);
}

// A page has no `setImmediate`. The port is used again, and does not keep a page from being closed.
let pagePort: { postMessage(message: unknown): void } | undefined;
let pageActions: Action[] = [];

function sendWithinPage(action: Action): void {
  if (typeof MessageChannel === 'undefined') {
    setTimer(action, 0);
    return;
  }
  if (pagePort === undefined) {
    const { port1, port2 } = new MessageChannel();
    (port1 as { onmessage?: Action }).onmessage = runPageActions;
    pagePort = port2;
  }
  if (pageActions.push(action) === 1) pagePort.postMessage(undefined);
}

function runPageActions(): void {
  const actions = pageActions;
  pageActions = [];
  for (const action of actions) action();
}
