import { soakAcrossNamespaces } from './network/namespace-soak.js';
import { type NetworkSoakResult, soakThroughProxies } from './network/proxied-soak.js';
import { Soak } from './soak.js';

/** How long and how large. */
export interface ScenarioOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
}

/** What came of one run. */
export interface ScenarioResult {
  /** Everything that was wrong; empty when nothing was. */
  readonly faults: readonly string[];
  /** What has happened, for people to read. */
  readonly summary: string;
}

/** Something that can go on for hours. */
export interface Scenario {
  /** Connections, unless the command line says how many. */
  readonly connections: number;
  run(options: ScenarioOptions): Promise<ScenarioResult>;
}

/** All of them, by name. */
export const SCENARIOS: Readonly<Record<'members' | 'proxies' | 'namespaces', Scenario>> = {
  members: {
    connections: 1000,
    async run(options) {
      const { faults, published, delivered, lives, redials, refused } = await new Soak(options).run();
      return {
        faults: delivered === 0 ? [...faults, 'nothing was delivered'] : faults,
        summary:
          `${published} messages published, ${delivered} delivered to ${lives} lives of ${options.connections} connections, ` +
          `${redials} redials, ${refused} refused`,
      };
    },
  },
  proxies: {
    connections: 48,
    async run(options) {
      const result = await soakThroughProxies(options);
      const { changes, holds, cuts, halfOpen, outages } = result.weather;
      const weather = `${changes} changes, ${holds} holds, ${cuts} cuts, ${halfOpen} half open, ${outages} outages`;
      return networkResult(result, weather);
    },
  },
  namespaces: {
    connections: 36,
    async run(options) {
      const result = await soakAcrossNamespaces(options);
      return networkResult(result, `the link was down ${result.gaps} times`);
    },
  },
};

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

function networkResult({ faults, totals, redials, mostAttempts }: NetworkSoakResult, what: string): ScenarioResult {
  const { mails, lives, clean, broken, timedOut, lost } = totals;
  return {
    faults: mails === 0 ? [...faults, 'no mail has come'] : faults,
    summary:
      `${what}; ${mails} mails came in ${lives} lives, ${clean} clean, ${broken} broken, ${timedOut} found silent; ` +
      `${redials} redials in ${mostAttempts} attempts at most, ${lost} mails lost with their connections`,
  };
}
