import { describe, expect, test } from 'vitest';
import { type CloseInfo, Status } from 'webson';
import { hasInner, type Mix, mixOf, play, Reception } from './page/mix.js';
import { host, SOCKETS, useChromium, visit } from './page/visit.js';

const CASES = 100;
/** Connections that are open at a time. */
const BATCH = 10;

const browser = useChromium();

/** What a side saw of a connection. */
interface Outcome {
  readonly came: readonly number[];
  readonly faults: readonly string[];
  readonly end: CloseInfo;
}

/** A server with the options of a mix, for one connection. */
async function serverOf(mix: Mix): Promise<{ readonly url: string; readonly outcome: Promise<Outcome> }> {
  let settle: (outcome: Outcome) => void = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const { url } = await host({ origins: '*', ...mix.server }, (ws) => {
    const reception = new Reception(ws, mix.steps.page, mix.isSlow.server);
    ws.onReady(() => play(ws, reception, mix, 'server'));
    ws.onStatus(Status.Closed, () => {
      // A page that was offered no sub-protocol gives up, and dials once more without the inner protocol.
      const isGivenUp = mix.page.enableStreams === true && !hasInner(mix) && reception.came.length === 0;
      if (!isGivenUp || ws.closeInfo?.code !== 1006) {
        const { came, faults } = reception;
        settle({ came, faults, end: ws.closeInfo! });
      }
    });
  });
  return { url, outcome };
}

/** What is owed to a side: each message once, and in their order where there is one. */
function owed(
  mix: Mix,
  from: 'page' | 'server',
  came: readonly number[],
): { came: readonly number[]; owed: readonly number[] } {
  const numbers = mix.steps[from].map((_, number) => number);
  return {
    came: hasInner(mix) ? [...came].sort((a, b) => a - b) : came,
    owed: numbers,
  };
}

describe.each(SOCKETS)('in a page, over %s', (_name, hasStream) => {
  test(`${CASES} mixes of options and traffic: each message comes once, whole, and both sides are told the same end`, async () => {
    const page = await visit(browser(), await host({}, () => {}), hasStream);
    for (let first = 0; first < CASES; first += BATCH) {
      const seeds = Array.from({ length: BATCH }, (_, i) => first + i);
      const servers = await Promise.all(seeds.map((seed) => serverOf(mixOf(seed))));
      const urls = servers.map(({ url }) => url);
      const ofPage = await page.evaluate(
        ({ numbers, addresses }) =>
          Promise.all(
            numbers.map(async (seed, i) => {
              const mix = kit.mixOf(seed);
              const ws = await webson.dial(addresses[i]!, mix.page);
              const reception = new kit.Reception(ws, mix.steps.server, mix.isSlow.page);
              ws.onReady(() => kit.play(ws, reception, mix, 'page'));
              const late = kit.pause(30_000).then(() => ({ code: 0, reason: 'it hangs', wasClean: false }));
              const end = await Promise.race([ws.start(), late]);
              return { came: reception.came, faults: reception.faults, end };
            }),
          ),
        { numbers: seeds, addresses: urls },
      );
      for (const [i, seen] of ofPage.entries()) {
        const seed = seeds[i]!;
        const mix = mixOf(seed);
        const shown = `mix ${seed}: ${JSON.stringify({ page: mix.page, server: mix.server })}`;
        const { by, code } = mix.close;
        const end = { code, reason: `by the ${by}`, wasClean: true };
        expect({ faults: seen.faults, end: seen.end }, shown).toEqual({ faults: [], end });
        const { came, ...ofServer } = await servers[i]!.outcome;
        expect(ofServer, shown).toEqual({ faults: [], end });
        for (const { came: numbers, owed: all } of [owed(mix, 'page', came), owed(mix, 'server', seen.came)]) {
          expect(numbers, shown).toEqual(all);
        }
      }
    }
  });
});
