import type { Child } from '../harness/child.js';
import { portOf, withChildren } from '../harness/children.js';
import type { Cores } from '../harness/cores.js';
import type { RoundTrips } from './honest-process.js';
import type { Turns } from './server-process.js';

/** The servers that are attacked. */
export const lagServers = ['ws', 'webson'] as const;
/** One of the {@link lagServers}. */
export type LagServer = (typeof lagServers)[number];

/** How long, and with how many. */
export interface LagPlan {
  readonly honest: number;
  /** Seconds from the beginning of the attack. */
  readonly seconds: number;
  readonly cores: Cores;
}

/** What one attack did to one server; without one: what it is like in peace. */
export interface LagSample {
  readonly server: LagServer;
  readonly attack: string | undefined;
  readonly turns: Turns;
  readonly trips: RoundTrips;
  /** The hostile client still had its connection at the end: else there was peace again. */
  readonly isServed: boolean;
}

/** Milliseconds before anything counts: the server compiles. */
const WARM_UP = 1000;
const PATIENCE = 60_000;

/** Drives one hostile client beside honest ones, and says how these fared. */
export function runLag(plan: LagPlan, server: LagServer, attack: string | undefined): Promise<LagSample> {
  return withChildren(async (startProgram) => {
    const { honest, seconds, cores } = plan;
    const start = (file: string, core: number | undefined, ...args: string[]): Child =>
      startProgram(file, new URL(`./${file}-process.js`, import.meta.url), args, { core });
    const subject = start('server', cores.server, server);
    const port = await portOf(subject);
    const clients = start('honest', cores.load, String(port), String(honest));
    await clients.line(PATIENCE);
    const hostile = attack === undefined ? undefined : start('hostile', cores.load, String(port), attack);
    await hostile?.line(PATIENCE);
    await wait(WARM_UP);
    await subject.ask('', PATIENCE);
    await clients.ask('', PATIENCE);
    hostile?.tell('');
    await wait(seconds * 1000);
    const trips = (await clients.ask('', PATIENCE)) as RoundTrips;
    const turns = (await subject.ask('', PATIENCE)) as Turns;
    const served = hostile === undefined ? { isServed: true } : await hostile.ask('', PATIENCE);
    return { server, attack, turns, trips, isServed: (served as { isServed: boolean }).isServed };
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
