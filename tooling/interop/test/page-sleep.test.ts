import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CloseInfo, MessageType, Status } from 'webson';
import { renderersOf } from './page/memory.js';
import { equip, host, SOCKETS, useChromium, visit } from './page/visit.js';

const browser = useChromium();

interface State {
  readonly got: string[];
  readonly statuses: number[];
  end?: CloseInfo;
}

const stateOf = (page: Page): Promise<State> =>
  page.evaluate(() => {
    const { got, statuses, end } = globalThis as unknown as State;
    return { got, statuses, ...(end && { end }) };
  });

/** Times that are shorter than the sleeps of this file, in ms. */
const TIMES = { pingInterval: 200, timeout: { pong: 300, dead: 600 } };

/** Has a page dial, and note down what comes and what becomes of it. */
async function listen(page: Page, url: string, times: object): Promise<void> {
  await page.evaluate(
    async ({ address, options }) => {
      const state: State = { got: [], statuses: [] };
      Object.assign(globalThis, state);
      const ws = await webson.dial(address, { enableStreams: true, ...options });
      ws.onStatus(webson.Status.Timeout, () => void state.statuses.push(webson.Status.Timeout));
      ws.onMessage(1, (message) => void state.got.push(message.text()));
      Object.assign(globalThis, { ws });
      void ws
        .start()
        .then((end) => Object.assign(globalThis, { end: { ...end, error: (end.error as { code?: string })?.code } }));
    },
    { address: url, options: times },
  );
}

/**
 * Stops the processes of all pages for so many milliseconds, as a system does with an application that sleeps. What comes for them
 * stays where it is. (A page that is visible cannot be frozen, and a headless Chromium hides none.)
 */
async function sleep(page: Page, time: number, meanwhile: () => void = () => {}): Promise<void> {
  // It answers once what was asked before is done.
  await page.evaluate(() => {});
  const renderers = await renderersOf(browser());
  const wake = (): void => {
    for (const id of renderers.splice(0)) process.kill(id, 'SIGCONT');
  };
  onTestFinished(wake);
  for (const id of renderers) process.kill(id, 'SIGSTOP');
  meanwhile();
  await new Promise((resolve) => setTimeout(resolve, time));
  wake();
}

describe.each(SOCKETS)('in a page, over %s', (_name, hasStream) => {
  test('that sleeps longer than its heartbeat: a server that is there is not taken for dead, and what it sent comes once', async () => {
    // The heartbeat of the server is off: it shall keep who sleeps.
    let send: (text: string) => void = () => {};
    const server = await host({ enableStreams: true, pingInterval: 0 }, (ws) => {
      send = (text) => void ws.dispatch(MessageType.Text, text);
    });
    const page = await visit(browser(), server, hasStream);
    await listen(page, server.url, TIMES);
    const numbers = Array.from({ length: 400 }, (_, i) => String(i));
    for (let i = 0; i < 4; i++) {
      // At any time between a ping and its pong.
      await new Promise((resolve) => setTimeout(resolve, i * 60));
      const these = numbers.slice(i * 100, (i + 1) * 100);
      await sleep(page, 2500, () => these.forEach(send));
      await expect.poll(async () => (await stateOf(page)).got.length).toBe((i + 1) * 100);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await stateOf(page)).toEqual({ got: numbers, statuses: [] });
  });

  test('that wakes to a server which was lost meanwhile: it finds out soon', async () => {
    const server = await host({ enableStreams: true, pingInterval: 0 }, () => {});
    const context = await browser().newContext();
    onTestFinished(() => context.close());
    const page = await visit(context, server, hasStream);
    await listen(page, server.url, TIMES);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Nothing passes any more, and nobody tells it.
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    const silence = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await sleep(page, 2500, () => void session.send('Network.emulateNetworkConditions', silence));
    const woken = Date.now();
    await expect.poll(async () => (await stateOf(page)).end).toMatchObject({ code: 1006, wasClean: false });
    console.info(`found out ${Date.now() - woken} ms after waking; timeout.pong and timeout.dead are 300 and 600`);
    expect((await stateOf(page)).statuses).toEqual([Status.Timeout]);
    expect((await stateOf(page)).end?.error).toBe('PONG_TIMEOUT');
  });

  test('that is busy for longer than its heartbeat: a server that is there is not taken for dead', async () => {
    const server = await host({ enableStreams: true }, () => {});
    const page = await visit(browser(), server, hasStream);
    await listen(page, server.url, TIMES);
    await page.evaluate(async () => {
      for (const time of [350, 500, 900, 1400, 450, 600]) {
        await kit.pause(130);
        const since = performance.now();
        while (performance.now() - since < time);
      }
      await kit.pause(1000);
    });
    expect(await stateOf(page)).toEqual({ got: [], statuses: [] });
  });
});

// Over a WebSocket alone: a page of Chromium crashes when a WebSocketStream breaks while a write to it is pending.
test('in a page that sleeps longer than the heartbeat of a server bears: that ends it, and both are told', async () => {
  let end: CloseInfo | undefined;
  let timeouts = 0;
  let pings = 0;
  const server = await host({ enableStreams: true, ...TIMES }, (ws) => {
    ws.onStatus(Status.Timeout, () => {
      timeouts++;
      // Whoever sleeps gets it late, or not at all.
      ws.dispatch(MessageType.Text, 'are you there?');
    });
    ws.onMessage(MessageType.Pong, () => void pings++);
    ws.onStatus(Status.Closed, () => {
      end = ws.closeInfo;
    });
  });
  const page = await visit(browser(), server, false);
  await listen(page, server.url, { pingInterval: 0 });
  await expect.poll(() => pings).toBeGreaterThan(1);
  await sleep(page, 3000);
  expect(timeouts).toBe(1);
  expect(end).toMatchObject({ code: 1006, error: { code: 'PONG_TIMEOUT' } });
  await expect.poll(async () => (await stateOf(page)).end).toMatchObject({ code: 1006, wasClean: false });
  // What the system of the page had taken before the end is read, or not, but not twice.
  expect((await stateOf(page)).got.length).toBeLessThanOrEqual(1);
});

test('in a hidden page, whose timers go off once in four seconds, an upload over a WebSocket is not held up by them', async () => {
  const length = 24 * 1024 * 1024;
  const server = await host({ enableStreams: true }, (ws) => {
    ws.onMessage(
      MessageType.Binary,
      async (message, adapter) => {
        let sum = 0;
        for await (const piece of message.readIter()) sum += piece.length;
        adapter.dispatch(MessageType.Text, String(sum));
      },
      { stream: true },
    );
  });
  const page = await browser().newPage();
  onTestFinished(() => page.close());
  await page.goto(server.url.replace('ws:', 'http:'));
  // A headless Chromium hides no page, so its timers are made as slow as those of one that is hidden.
  await page.evaluate(() => {
    const real = globalThis.setTimeout;
    const slow = (action: () => void, delay = 0): unknown => real(action, Math.max(1, Math.ceil(delay / 4000)) * 4000);
    globalThis.setTimeout = slow as typeof setTimeout;
  });
  await equip(page, false);
  // At a quarter of a MiB for each time that a timer goes off it would last longer than this test may.
  const { got, turns } = await page.evaluate(
    async ({ url, size }) => {
      const ws = await webson.dial(url, { enableStreams: true });
      let text = '';
      let seconds = 0;
      const done = new Promise<void>((resolve) => {
        ws.onMessage(1, (message) => {
          text = message.text();
          resolve();
        });
      });
      const ended = ws.start();
      const timer = setInterval(() => seconds++, 1000);
      void ws.dispatchReader(2, kit.pieces(1, size));
      await done;
      clearInterval(timer);
      ws.close();
      await ended;
      return { got: text, turns: seconds };
    },
    { url: server.url, size: length },
  );
  console.info(`${length / 1024 / 1024} MiB in about ${turns} s`);
  expect(got).toBe(String(length));
});
