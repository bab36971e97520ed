import { setTimeout as delay } from 'node:timers/promises';
import { type ProxiedLink, TcpProxy } from '@webson/testing/tcp';
import { Random } from '../random.js';
import { Accounts } from './accounts.js';
import type { CorrespondentEvents } from './correspondent.js';
import { Guests } from './guests.js';
import { Host } from './host.js';
import { Weather, type WeatherTotals } from './weather.js';

/** What a soak does. */
export interface NetworkSoakOptions {
  readonly connections: number;
  /** Seconds of bad weather, once all are there. */
  readonly seconds: number;
  readonly seed: number;
}

/** What came of it. */
export interface NetworkSoakResult {
  /** Everything that was wrong; empty when nothing was. */
  readonly faults: readonly string[];
  readonly totals: Readonly<Accounts['totals']>;
  readonly redials: number;
  /** Attempts that the slowest client needed to come back. */
  readonly mostAttempts: number;
}

const ADDRESS = '127.0.0.1';
/** Milliseconds in which all that is half open has to be found out, and every socket gone. */
const ALL_FOUND = 30_000;

/** Clients and servers of all kinds, in this process, with a proxy between them to which a network happens. */
export async function soakThroughProxies(
  options: NetworkSoakOptions,
): Promise<NetworkSoakResult & { readonly weather: WeatherTotals }> {
  const { connections, seconds, seed } = options;
  const accounts = new Accounts({ hasCuts: true });
  const onReport = accounts.report.bind(accounts);
  const onSilent: CorrespondentEvents['onSilent'] = ({ life, side, kind }) => {
    for (const proxy of proxies) {
      for (const link of proxy.links) {
        if (lifeOf(link, proxy) !== life) continue;
        const quiet = performance.now() - link.passedAt(side === 'client' ? 'down' : 'up');
        accounts.foundSilent(`${life}, ${kind}, ${side}`, quiet);
      }
    }
  };
  const onFault = accounts.fault.bind(accounts);
  const random = new Random(seed);
  // What has happened to links whose lives have no name yet.
  const early = new Set<{
    readonly link: ProxiedLink;
    readonly proxy: TcpProxy;
    readonly tell: (life: string) => void;
  }>();
  const onBegin = (life: string): void => {
    for (const one of early) {
      if (lifeOf(one.link, one.proxy) === life) one.tell(life);
      else if (one.link.isOpen) continue;
      early.delete(one);
    }
  };
  const host = await Host.open({ address: ADDRESS, seed: seed + 1, onReport, onSilent, onBegin });
  const proxies = await Promise.all(
    host.ports.map((port) =>
      TcpProxy.listen({ target: { host: ADDRESS, port }, random: () => random.below(1e9) / 1e9 }),
    ),
  );
  const ports = proxies.map(({ port }) => port);
  const events = { onReport, onSilent, onFault };
  const guests = new Guests({ address: ADDRESS, ports, count: connections, seed: seed + 2, ...events });
  const lifeOf = ({ serverPort = 0 }: ProxiedLink, proxy: TcpProxy): string | undefined =>
    host.lifeAt(host.ports[proxies.indexOf(proxy)] ?? 0, serverPort);
  const happened = (link: ProxiedLink, proxy: TcpProxy, tell: (life: string) => void): void => {
    const life = lifeOf(link, proxy);
    if (life === undefined) early.add({ link, proxy, tell });
    else tell(life);
  };
  const weather = new Weather(proxies, new Random(seed + 3), {
    onHalfOpen: (link, proxy) => happened(link, proxy, (life) => accounts.halfOpened(life)),
    onSilence: (link, proxy) => happened(link, proxy, (life) => accounts.silenced(life)),
  });
  await guests.come();
  host.begin();
  guests.begin();
  weather.begin();
  await delay(seconds * 1000);
  weather.end();
  await guests.settle();
  host.stop();
  await until(() => !accounts.hasHalfOpen);
  // Those that were found out last have to come back.
  await guests.settle();
  await guests.leave();
  await until(() => proxies.every(({ links }) => links.size === 0));
  for (const { links } of proxies) if (links.size > 0) onFault(`${links.size} links are still open at the end`);
  await host.close();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  accounts.finish();
  const { count: redials, mostAttempts } = guests.redials;
  return { faults: accounts.faults, totals: accounts.totals, redials, mostAttempts, weather: weather.totals };
}

async function until(isMet: () => boolean): Promise<void> {
  const end = performance.now() + ALL_FOUND;
  while (!isMet() && performance.now() < end) await delay(20);
}
