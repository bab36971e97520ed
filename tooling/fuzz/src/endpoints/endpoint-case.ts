import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { pooled } from '@webson/connection/internal';
import type { Connection, ConnectionOptions } from 'webson';
import { filler } from '../conversation.js';
import type { Tally } from '../tally.js';
import { openSite, type Site } from './carrier.js';
import { type Arrival, End } from './end.js';
import type { EndPlan, EndpointPlan, SharedPlan } from './plan.js';
import { Side } from './side.js';
import { judgeEnding, judgeWay } from './verdict.js';

/** What is changed, to see that it is found, and how long a case may take. */
export interface EndpointParts {
  /** Milliseconds after which a case hangs. */
  readonly deadline: number;
  /** Changes what has come at an end. */
  readonly arrivals?: (arrivals: readonly Arrival[]) => readonly Arrival[];
  /** Waited for before a connection ends. */
  readonly beforeEnding?: () => Promise<void>;
}

/** The real thing. */
export const soundEndpoints: EndpointParts = { deadline: 30_000 };

/** Runs a plan. Says what is wrong, undefined when nothing is. */
export async function runEndpointCase(
  plan: EndpointPlan,
  parts: EndpointParts,
  tally: Tally,
): Promise<string | undefined> {
  const meeting = new Meeting(plan, parts, tally);
  const wrong = await meeting.run();
  if (wrong === undefined) return undefined;
  return [wrong, `  plan      ${JSON.stringify(plan)}`].join('\n');
}

/** The two sides of one case, on their way from the first handshake to the last Close. */
class Meeting {
  readonly #plan: EndpointPlan;
  readonly #parts: EndpointParts;
  readonly #tally: Tally;
  readonly #client: Side;
  readonly #server: Side;
  // What is waited for.
  #phase = 'opening';

  constructor(plan: EndpointPlan, parts: EndpointParts, tally: Tally) {
    this.#plan = plan;
    this.#parts = parts;
    this.#tally = tally;
    this.#client = new Side('client', plan.client);
    this.#server = new Side('server', plan.server);
  }

  async run(): Promise<string | undefined> {
    const { carrier, client, server, shared } = this.#plan;
    const site = await openSite(carrier, optionsOf(client, shared), optionsOf(server, shared), (connection, number) =>
      this.#server.add(new End(connection, server), number),
    );
    const watchdog = new AbortController();
    const late = delay(this.#parts.deadline, 'late' as const, { signal: watchdog.signal }).catch(() => undefined);
    try {
      const outcome = await Promise.race([this.#meet(site), late]);
      if (outcome === 'late') return this.#hung();
      return outcome ?? this.#judge();
    } finally {
      watchdog.abort();
      for (const { connection } of this.#ends) pooled(connection).terminate();
      await site.close();
    }
  }

  get #ends(): End[] {
    return [...this.#client.ends, ...this.#server.ends].filter((end) => end !== undefined);
  }

  async #meet(site: Site): Promise<string | undefined> {
    const { links, client, ending } = this.#plan;
    const connections = await Promise.all(Array.from({ length: links }, (_, number) => site.dial(number)));
    for (const [number, connection] of connections.entries()) this.#client.add(new End(connection, client), number);
    while (this.#server.ends.filter((end) => end !== undefined).length < links) await turn();
    await Promise.all(this.#ends.map(({ ready }) => ready));
    const wrong = this.#compareAgreements();
    if (wrong !== undefined) return wrong;

    this.#phase = 'sending';
    const closers = [this.#client, this.#server].filter(({ name }) => ending.by === 'both' || ending.by === name);
    const speaking = [this.#client, this.#server].map(async (side) => {
      await side.speak();
      if (ending.isEarly && closers.includes(side)) this.#close(side);
    });
    await Promise.all(speaking);
    if (!ending.isEarly) {
      this.#phase = 'receiving';
      await this.#allSettled();
      for (const side of closers) this.#close(side);
    }
    this.#phase = 'closing';
    await this.#parts.beforeEnding?.();
    await Promise.all(this.#ends.map(({ ended }) => ended));
    // What has come whole is read to its end, and who reads what has not is told.
    this.#phase = 'reading what has come';
    while (this.#ends.some(({ isReading }) => isReading)) await turn();
    return undefined;
  }

  #close({ ends }: Side): void {
    const { code, reason } = this.#plan.ending;
    for (const { connection } of ends) connection.close(code, reason);
  }

  async #allSettled(): Promise<void> {
    for (let round = 0; this.#ways().some(({ from, to }) => to.settled < dueOf(from)); round++) {
      if (round < 100) await turn();
      else await delay(1);
    }
  }

  #ways(): { from: End; to: End; side: Side; isCloser: boolean }[] {
    const { by } = this.#plan.ending;
    return [this.#client, this.#server].flatMap((side) => {
      const other = side === this.#client ? this.#server : this.#client;
      return side.ends.map((from, number) => ({
        from,
        to: other.ends[number] as End,
        side,
        isCloser: by === side.name,
      }));
    });
  }

  #compareAgreements(): string | undefined {
    const { client, server, carrier, shared } = this.#plan;
    const isOpening = carrier !== 'memory';
    const protocol = (isOpening && server.protocols.find((name) => client.protocols.includes(name))) || '';
    for (const [number, { connection }] of this.#client.ends.entries()) {
      const other = (this.#server.ends[number] as End).connection;
      const here = JSON.stringify(connection.extensions);
      const there = JSON.stringify(other.extensions);
      if (here !== there) return `the client says that ${here} was agreed, the server ${there}`;
      if (connection.protocol !== protocol || other.protocol !== protocol) {
        return `sub-protocol ${connection.protocol} at the client, ${other.protocol} at the server, not ${protocol}`;
      }
      const expected = isOpening && client.enableStreams && server.enableStreams;
      if (hasStreams(connection) !== expected) return `streams are ${expected ? 'not ' : ''}agreed: ${here}`;
      for (const name of Object.keys(connection.extensions)) this.#tally.add(name);
    }
    this.#tally.add(carrier);
    if (shared.dialect === 'go') this.#tally.add('go');
    return undefined;
  }

  #judge(): string | undefined {
    const { ending, shared } = this.#plan;
    const isGo = shared.dialect === 'go';
    const problems = [this.#client, this.#server].flatMap((side) => [
      ...side.problems.map((what) => `${side.name}: ${what}`),
      ...side.ends.flatMap((end, number) => end.problems.map((what) => `${side.name} ${number}: ${what}`)),
    ]);
    for (const { from, to, side, isCloser } of this.#ways()) {
      const wrong = judgeWay({
        from,
        to,
        script: side.plan.script,
        arrivals: this.#parts.arrivals?.(to.arrivals) ?? to.arrivals,
        isStreamed: hasStreams(from.connection),
        mayBeCut: ending.isEarly && !isCloser,
      });
      if (wrong !== undefined) problems.push(`from the ${side.name}, of ${side.ends.length}: ${wrong}`);
      const ended = judgeEnding(from, ending, isGo);
      if (ended !== undefined) problems.push(`the ${side.name} ${ended}`);
      if (from.fates.includes('cancelled')) this.#tally.add('cancelled');
      if (from.fates.includes('refused')) this.#tally.add('refused');
      if (to.info?.unsent !== undefined) this.#tally.add('unsent');
    }
    this.#tally.add(ending.isEarly ? 'closed early' : 'closed late');
    return problems.length > 0 ? problems.join('\n') : undefined;
  }

  #hung(): string {
    const states = this.#ways().map(({ from, to, side }) => {
      const { script } = side.plan;
      const { status, bufferedAmount } = from.connection;
      const said = `${from.fates.length} of ${script.length} said`;
      return `  ${side.name.padEnd(9)} ${said}, ${to?.settled} settled there, status ${status}, ${bufferedAmount} bytes queued`;
    });
    return [`hangs while ${this.#phase}`, ...states].join('\n');
  }
}

/** Messages that have to come of what was said. */
function dueOf({ fates }: End): number {
  return fates.filter((fate) => fate === 'sent' || fate === 'cancelled').length;
}

function hasStreams({ extensions }: Connection): boolean {
  return 'webson-streams' in extensions;
}

function optionsOf(plan: EndPlan, shared: SharedPlan): ConnectionOptions {
  const { compress, readings: _readings, pace: _pace, script: _script, pool: _pool, ...options } = plan;
  const all = {
    ...options,
    enableCompress: compress,
    privateMask: shared.privateMask === undefined ? undefined : filler(shared.privateMask, 0x5a),
    magicKey: shared.magicKey ? 'not the GUID' : undefined,
    alwaysMask: shared.alwaysMask,
    dialect: shared.dialect,
    pacing: shared.pacing,
    timeout: { pong: 30_000, close: 60_000 },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
