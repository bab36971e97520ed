// Taken when this module loads, because tests may replace the global functions later. They may have been replaced before, too: a fake
// timer is told by what it returns, and a message to this thread itself takes the place of it.

type Action = () => void;

interface Port {
  onmessage: Action | null;
  postMessage(message: unknown): void;
  close(): void;
}

interface Modules {
  readonly 'node:timers': { setImmediate(action: Action): object };
  readonly 'node:worker_threads': { readonly MessageChannel: new () => { port1: Port; port2: Port } };
}

interface Globals extends Partial<Modules['node:worker_threads']> {
  readonly process?: { getBuiltinModule?<N extends keyof Modules>(name: N): Modules[N] };
  readonly setImmediate?: (action: Action) => object;
}

const globals = globalThis as unknown as Globals;
const { process } = globals;
// Test environments that imitate a page hide these from the globals.
const startImmediate = process?.getBuiltinModule?.('node:timers').setImmediate ?? globals.setImmediate;
const Channel = process?.getBuiltinModule?.('node:worker_threads').MessageChannel ?? globals.MessageChannel;
const isReal = startImmediate?.(() => {}).constructor.name === 'Immediate';
const startTimer = globalThis.setTimeout;

/** Calls `action` in a later turn of the event loop. */
export function inNextTurn(action: Action): void {
  if (isReal) startImmediate!(action);
  else if (Channel !== undefined) sendToSelf(new Channel(), action);
  else startTimer(action, 0);
}

function sendToSelf({ port1, port2 }: { port1: Port; port2: Port }, action: Action): void {
  port1.onmessage = () => {
    port1.close();
    action();
  };
  port2.postMessage(undefined);
}

/** Resolves after `count` turns of the event loop. Transports in memory have delivered their bytes by then. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>(inNextTurn);
}
