import { nodePlatform, resolveOptions, type Settings } from '@webson/connection';
import { type CloseInfo, Connection } from 'webson';
import type { Case, Role } from '../case.js';
import { WireReader } from '../wire/reader.js';
import { type Delivery, deliveriesOf } from './deliveries.js';
import { echoAtOnce } from './echo.js';
import { Ledger } from './ledger.js';
import { ProbeTransport } from './probe-transport.js';
import { compile, type Part, type Script } from './script.js';

/** What a run of a case came to. */
export interface Outcome {
  /** How many times it was run: once for each way to split its bytes. */
  readonly executions: number;
  /** The first thing that was not right; undefined when all was. */
  readonly failure?: string;
}

/**
 * Runs a case over a transport in memory, cut into chunks in every way there is (longer ones in many ways). Whatever the
 * chunks, the reaction has to be the same; and it has to come with the chunk that holds the byte it is due at.
 */
export async function runInMemory(testCase: Case, role: Role): Promise<Outcome> {
  const script = compile(testCase, role);
  const settings = resolveOptions({ pingInterval: 0, ...testCase.options });
  let executions = 0;
  for (const delivery of deliveriesOf(testCase, script)) {
    executions++;
    try {
      await new Execution(script, settings, role, delivery).run();
    } catch (error) {
      return { executions, failure: `${role}, ${delivery.name}: ${(error as Error).message}` };
    }
  }
  return { executions };
}

/** Fewer bytes are read at once, whatever is in them. */
const SEVERAL_TURNS_FROM = 8 * 1024;
/** Turns of the event loop in which a chunk has been read. */
const MOST_TURNS = 1000;

/** One connection from its start to its end. */
class Execution {
  readonly #script: Script;
  readonly #role: Role;
  readonly #delivery: Delivery;
  readonly #ledger: Ledger;
  readonly #transport: ProbeTransport;
  readonly #connection: Connection;
  #fault: Error | undefined;
  #hasPeerEnded = false;

  constructor(script: Script, settings: Settings, role: Role, delivery: Delivery) {
    this.#script = script;
    this.#role = role;
    this.#delivery = delivery;
    this.#ledger = new Ledger(script);
    const reader = new WireReader(role === 'client', (item) => this.#ledger.sent(item));
    this.#transport = new ProbeTransport(reader, delivery.isSlow);
    this.#connection = new Connection({
      platform: nodePlatform,
      transport: this.#transport,
      settings,
      negotiated: { protocol: '', extensions: [] },
      isClient: role === 'client',
    });
    echoAtOnce(this.#connection, (item) => {
      try {
        this.#ledger.delivered(item);
      } catch (error) {
        this.#fault ??= error as Error;
      }
    });
  }

  async run(): Promise<void> {
    const connection = this.#connection;
    let info: CloseInfo | undefined;
    const over = connection.start().then((value) => {
      info = value;
    });
    this.#check();
    for (const part of this.#script.parts) await this.#play(part);
    const sink = this.#transport.sink!;
    this.#hasPeerEnded = true;
    sink.onEnd();
    await this.#turn();
    if (!this.#transport.isEnded) throw new Error('did not end its side when the peer had ended');
    if (info !== undefined) throw new Error('was over before the transport was');
    sink.onClose();
    await over;
    this.#check();
    this.#ledger.checkInfo(info!);
  }

  async #play(part: Part): Promise<void> {
    switch (part.kind) {
      case 'bytes':
        await this.#feed(part);
        break;
      case 'close':
        this.#ledger.closes++;
        this.#connection.close(part.code, part.reason);
        await this.#turn();
        this.#check();
        break;
      case 'end':
        this.#hasPeerEnded = true;
        this.#transport.sink!.onEnd();
        await this.#turn();
        this.#check();
    }
  }

  async #feed({ from, to, isAftermath }: Part & { kind: 'bytes' }): Promise<void> {
    const { bytes } = this.#script;
    const { offset } = this.#delivery;
    let at = from;
    while (at < to) {
      const cut = isAftermath ? to : Math.min(to, this.#delivery.nextCut(at));
      // The endpoint owns what it is given, and may write to it: every chunk is a copy, at any place in its memory.
      const memory = new Uint8Array(cut - at + 2 * offset).fill(0x81);
      memory.set(bytes.subarray(at, cut), offset);
      this.#ledger.fed = cut;
      this.#transport.sink!.onData(memory.subarray(offset, offset + cut - at));
      at = cut;
      if (this.#transport.isPaused) await this.#resumed();
      this.#check();
    }
  }

  // More than can be read in one turn of the event loop is read in several.
  async #resumed(): Promise<void> {
    const { length } = this.#script.bytes;
    if (length < SEVERAL_TURNS_FROM) throw new Error(`paused, with ${length} bytes to read`);
    for (let turns = 0; this.#transport.isPaused && turns < MOST_TURNS; turns++) await this.#turn();
  }

  // Everything due by now has happened, and nothing else.
  #check(): void {
    this.#transport.drain();
    const fault = this.#fault ?? this.#transport.fault;
    if (fault !== undefined) throw fault;
    this.#ledger.check();
    const { ending } = this.#script;
    const { isEnded } = this.#transport;
    // RFC 6455 §7.1.1: after the closing handshake the server ends first; whoever fails the connection ends it too.
    const hasToEnd = this.#ledger.isOver && (ending.kind === 'failed' || this.#role === 'server');
    if (ending.kind !== 'gone' && hasToEnd && !isEnded) throw new Error('did not end its side');
    const waitsForPeer = ending.kind === 'closed' && this.#role === 'client' && !this.#hasPeerEnded;
    if (isEnded && waitsForPeer) throw new Error('a client ended its side before the server did');
    if (isEnded && !this.#ledger.isOver) throw new Error(`ended its side after ${this.#ledger.fed} bytes`);
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#transport.drain();
  }
}
