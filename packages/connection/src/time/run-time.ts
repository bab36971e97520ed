// The clock and the timers of the run-time, taken when this module loads. Tests replace the global ones for a while, and
// what was handed to a replacement is lost when it goes: nothing that a connection waits for may depend on it. They may
// have been replaced before this module loads, so it looks for those that are real, and does without until it finds them.

type Action = () => void;

/** What `setTimer` returns: for `clearTimer` alone. */
export type RunTimeTimer = { close(): unknown } | ReturnType<typeof setTimeout>;

/** The little that is asked of the modules of Node; Bun and Deno have it, too. */
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

const { process: node } = globalThis as unknown as { process?: NodeProcess };
const timers = node?.getBuiltinModule?.('node:timers');
const ownClock = node?.getBuiltinModule?.('node:perf_hooks').performance ?? performance;
// Who replaces the method alone puts it on the object.
const readOwnClock = (Object.getPrototypeOf(ownClock) as Partial<typeof ownClock>).now ?? ownClock.now;

// Imitations have their names from Node as well, but not what is inside.
const isTimeout = (made: object): boolean => '_idleTimeout' in made;
const isImmediate = (made: object): boolean => made.constructor.name === 'Immediate';

/** A clock that is moved by hand. */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards. */
  now(): number;
  /** Calls `action` once, after so many milliseconds. */
  setTimer(action: () => void, delay: number): { close(): void };
}

type StartTimer = (action: Action, delay: number) => RunTimeTimer;

// Where the time comes from now.
let clock: { now(): number } = ownClock;
let readClock: () => number = readOwnClock;
let startTimer: StartTimer | undefined;
let startOwnTimer: StartTimer | undefined;
let startImmediate: typeof setImmediate | undefined;
look();

/** Takes the time, and timers that are set from now on, from another clock, or from the run-time again. */
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
  if (startTimer === undefined) look();
  return startTimer === undefined ? socketTimer(action, delay) : startTimer(action, delay);
}

/** Takes the call back. */
export function clearTimer(timer: RunTimeTimer): void {
  // The function that clears timers may have been replaced when the one that sets them had not.
  if (typeof timer === 'object' && typeof timer.close === 'function') timer.close();
  else clearTimeout(timer as ReturnType<typeof setTimeout>);
}

/** Calls `action` once what the run-time has read by now is handled. */
export function inNextTurn(action: Action): void {
  if (startImmediate === undefined) look();
  if (startImmediate === undefined) sendToSelf(action);
  else startImmediate(action);
}

/** Takes what is real of the functions that are there now. */
function look(): void {
  for (const source of timers === undefined ? [globalThis] : [timers, globalThis]) {
    const { setTimeout: timer, clearTimeout, setImmediate: immediate, clearImmediate } = source;
    if (startTimer === undefined && isReal(timer, clearTimeout, isTimeout)) startTimer = timer;
    if (startImmediate === undefined && isReal(immediate, clearImmediate, isImmediate)) startImmediate = immediate;
  }
}

/** Whether a function makes what that of the run-time makes. Without Node's modules there is no telling. */
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

/** Every socket has a timer of its own, which Node takes from beneath its public ones. */
function socketTimer(action: Action, delay: number): RunTimeTimer {
  const { Socket } = node!.getBuiltinModule!('node:net');
  const socket = new Socket();
  // 0 would be none.
  socket.setTimeout(Math.max(delay, 1), () => {
    socket.destroy();
    action();
  });
  return { close: () => socket.destroy() };
}

/** A message to oneself comes a turn later, too. */
function sendToSelf(action: Action): void {
  const { MessageChannel } = node!.getBuiltinModule!('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => {
    port1.close();
    action();
  });
  port2.postMessage(undefined);
}
