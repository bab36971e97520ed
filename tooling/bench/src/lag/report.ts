import { median } from '../harness/statistics.js';
import { table, whole } from '../harness/table.js';
import { attacks } from './attacks.js';
import { type LagSample, type LagServer, lagServers } from './lag.js';

/** What the rounds of one attack on one server come to: medians, but for the longest turn and the memory: the most. */
export interface LagRow {
  readonly server: LagServer;
  readonly attack: string;
  /** Milliseconds. */
  readonly longestTurn: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longestTrip: number;
  readonly trips: number;
  /** Bytes. */
  readonly rss: number;
  /** The server kept the hostile client's connection, in every round. */
  readonly isServed: boolean;
}

/** Puts together what the samples say. */
export function summarizeLag(samples: readonly LagSample[]): LagRow[] {
  return [undefined, ...attacks.map(({ name }) => name)].flatMap((attack) =>
    lagServers.flatMap((server) => {
      const rounds = samples.filter((sample) => sample.server === server && sample.attack === attack);
      if (rounds.length === 0) return [];
      return {
        server,
        attack: attack ?? 'none',
        longestTurn: Math.max(...rounds.map(({ turns }) => turns.longest)),
        p50: median(rounds.map(({ trips }) => trips.p50)),
        p99: median(rounds.map(({ trips }) => trips.p99)),
        longestTrip: median(rounds.map(({ trips }) => trips.longest)),
        trips: median(rounds.map(({ trips }) => trips.count)),
        rss: Math.max(...rounds.map(({ turns }) => turns.rss)),
        isServed: rounds.every(({ isServed }) => isServed),
      };
    }),
  );
}

/** The rows as a table. */
export function renderLag(rows: readonly LagRow[]): string {
  const head = [
    'attack',
    'server',
    'longest turn, ms',
    'p50, µs',
    'p99, µs',
    'longest, µs',
    'round trips',
    'RSS, MB',
    'attacker',
  ];
  const lines = table(
    [
      head,
      ...rows.map(({ attack, server, longestTurn, p50, p99, longestTrip, trips, rss, isServed }) => {
        const figures = [longestTurn, p50, p99, longestTrip, trips, rss / 1e6].map(whole);
        return [attack, server, ...figures, attack === 'none' ? '' : isServed ? 'served' : 'cut off'];
      }),
    ],
    2,
  );
  return `${lines.join('\n')}\n`;
}
