import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../random.js';
import { leftBehind, type Usage } from '../usage.js';
import { Accounts } from './accounts.js';
import { Worker, type WorkerEvents } from './calls.js';
import type { Guests } from './guests.js';
import { Namespaces, type Place } from './namespaces.js';
import type { NetworkSoakOptions, NetworkSoakResult } from './proxied-soak.js';

/** Milliseconds that the link is up, or down: every other gap is too short for a heartbeat to notice, the others are not. */
const SHORTEST_UP = 500;
const LONGEST_UP = 5000;
const LONGEST_SHORT_GAP = 400;
const SHORTEST_LONG_GAP = 4000;
const LONGEST_GAP = 7000;
const PLACES: readonly Place[] = ['here', 'there'];

/** Clients in one network namespace, servers in another, each a process; the link between them goes down and up. */
export async function soakAcrossNamespaces(
  options: NetworkSoakOptions,
): Promise<NetworkSoakResult & { readonly gaps: number }> {
  await using namespaces = await Namespaces.create();
  const accounts = new Accounts({ hasCuts: false });
  const events: WorkerEvents = {
    onReport: (report) => accounts.report(report),
    onFault: (what) => accounts.fault(what),
  };
  const host = new Worker(namespaces, 'there', './host-process.js', events);
  const guests = new Worker(namespaces, 'here', './guests-process.js', events);
  try {
    const random = new Random(options.seed);
    // Once in small, so that what is made once is there before memory is looked at.
    await meet(namespaces, host, guests, random, { ...options, seconds: 1 });
    // The next host counts its lives anew.
    accounts.finish();
    const workers = [host, guests];
    const before = (await Promise.all(workers.map((worker) => worker.ask('usage')))) as Usage[];
    const gaps = await meet(namespaces, host, guests, random, options);
    const after = (await Promise.all(workers.map((worker) => worker.ask('usage')))) as Usage[];
    for (const [index, name] of ['servers', 'clients'].entries()) {
      const left = leftBehind(before[index] as Usage, after[index] as Usage);
      for (const what of left) accounts.fault(`${name}: ${what}`);
    }
    const { count: redials, mostAttempts } = (await guests.ask('redials')) as Guests['redials'];
    return { faults: accounts.faults, totals: accounts.totals, redials, mostAttempts, gaps };
  } finally {
    await host.end();
    await guests.end();
    // After a meeting that was broken off, too.
    accounts.finish();
  }
}

// From the first connection to the last. Returns how often the link was down.
async function meet(
  namespaces: Namespaces,
  host: Worker,
  guests: Worker,
  random: Random,
  { connections: count, seconds, seed }: NetworkSoakOptions,
): Promise<number> {
  const address = namespaces.addressOf('there');
  const between = (least: number, most: number): number => least + random.below(most - least);
  const ports = await host.ask('open', { address, seed: seed + 1 });
  await guests.ask('come', { address, ports, count, seed: seed + 2 });
  await host.ask('begin');
  await guests.ask('begin');
  const end = performance.now() + seconds * 1000;
  let gaps = 0;
  while (performance.now() < end) {
    await delay(Math.min(end - performance.now(), between(SHORTEST_UP, LONGEST_UP)));
    if (performance.now() >= end) break;
    const place = PLACES[random.below(PLACES.length)] as Place;
    await namespaces.set(place, 'down');
    gaps++;
    await delay(gaps % 2 === 0 ? between(0, LONGEST_SHORT_GAP) : between(SHORTEST_LONG_GAP, LONGEST_GAP));
    await namespaces.set(place, 'up');
  }
  await guests.ask('settle');
  await host.ask('stop');
  await guests.ask('leave');
  await host.ask('close');
  return gaps;
}
