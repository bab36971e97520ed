import { execFile, execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An end of the link between two namespaces. */
export type Place = 'here' | 'there';

const ADDRESSES: Record<Place, string> = { here: '10.77.0.1', there: '10.77.0.2' };
const PLACES: readonly Place[] = ['here', 'there'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Two network namespaces joined by a pair of virtual Ethernet devices: a network of two hosts, whose link can go down. Needs
 * root, and `ip` of iproute2. Its addresses exist inside of it alone; it is removed at the end, whatever the end is.
 */
export class Namespaces implements AsyncDisposable {
  readonly #names: Record<Place, string>;
  // Where the device is up.
  readonly #up = new Set<Place>();
  #isRemoved = false;
  readonly #onExit = (): void => this.#removeNow();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#removeNow();
    process.kill(process.pid, signal);
  };

  private constructor() {
    const name = `webson-${process.pid}`;
    this.#names = { here: `${name}-a`, there: `${name}-b` };
  }

  /** Makes them, with the link up. Rejects with an Error that says what is missing when that cannot be done. */
  static async create(): Promise<Namespaces> {
    const made = new Namespaces();
    process.once('exit', made.#onExit);
    for (const signal of SIGNALS) process.once(signal, made.#onSignal);
    try {
      await made.#create();
    } catch (error) {
      await made.remove();
      throw new Error(`network namespaces cannot be made: ${reasonOf(error)}`, { cause: error });
    }
    return made;
  }

  /** The address of a place. */
  addressOf(place: Place): string {
    return ADDRESSES[place];
  }

  /** A program and its arguments, to be run in a place. */
  command(place: Place, program: string, args: readonly string[]): { program: string; args: string[] } {
    return { program: 'ip', args: ['netns', 'exec', this.#names[place], program, ...args] };
  }

  /**
   * Lets the device of a place go down or up: there its routes go, at the other place nothing comes any more. With both up,
   * resolves when packets pass again.
   */
  async set(place: Place, state: 'up' | 'down'): Promise<void> {
    await ip('-n', this.#names[place], 'link', 'set', DEVICE, state);
    if (state === 'down') this.#up.delete(place);
    else this.#up.add(place);
    if (this.#up.size < PLACES.length) return;
    // The system tells a device that the other one is there when it comes to that.
    for (const one of PLACES) while (!(await this.#isRunning(one))) await delay(5);
  }

  /** Removes everything that was made. */
  async remove(): Promise<void> {
    if (this.#isRemoved) return;
    this.#forget();
    // With a namespace its device goes, and with that the other one.
    for (const name of Object.values(this.#names)) await ip('netns', 'del', name).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  async #create(): Promise<void> {
    const { here, there } = this.#names;
    await ip('netns', 'add', here);
    await ip('netns', 'add', there);
    await ip('-n', here, 'link', 'add', DEVICE, 'type', 'veth', 'peer', 'name', DEVICE, 'netns', there);
    for (const place of PLACES) {
      const name = this.#names[place];
      await ip('-n', name, 'address', 'add', `${ADDRESSES[place]}/24`, 'dev', DEVICE);
      await ip('-n', name, 'link', 'set', 'lo', 'up');
      await this.set(place, 'up');
    }
  }

  async #isRunning(place: Place): Promise<boolean> {
    const state = await ip('-n', this.#names[place], '-brief', 'link', 'show', 'dev', DEVICE);
    return state.split(/\s+/)[1] === 'UP';
  }

  #removeNow(): void {
    if (this.#isRemoved) return;
    this.#forget();
    for (const name of Object.values(this.#names)) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // It was not made.
      }
    }
  }

  #forget(): void {
    this.#isRemoved = true;
    process.off('exit', this.#onExit);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}

const DEVICE = 'veth0';

async function ip(...args: string[]): Promise<string> {
  return (await run('ip', args)).stdout;
}

function reasonOf(error: unknown): string {
  const { code, stderr } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT') return 'there is no program `ip` (apt-get install iproute2)';
  const rights = process.getuid?.() === 0 ? '' : ' (root is needed)';
  return `${stderr?.trim() || String(error)}${rights}`;
}
