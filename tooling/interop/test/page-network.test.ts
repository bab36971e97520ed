import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TcpProxy } from '@webson/testing/tcp';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MessageType, type Server } from 'webson';
import { host, SOCKETS, useChromium, visit } from './page/visit.js';

const browser = useChromium();

/** What the pages of this file put into their global scope. */
interface State {
  steps: string[];
  got: string[];
  listeners: number;
}

const stateOf = (page: Page): Promise<State> =>
  page.evaluate(() => {
    const { steps, got, listeners } = globalThis as unknown as State;
    return { steps, got, listeners };
  });

const until = (page: Page, condition: (state: State) => boolean): Promise<unknown> =>
  expect.poll(async () => condition(await stateOf(page)), { timeout: 20_000 }).toBe(true);

/** A proxy before a server: pages of the server connect through it. */
async function proxyTo(server: Server): Promise<TcpProxy> {
  const proxy = await TcpProxy.listen({ target: { port: Number(new URL(server.url).port) } });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A server that sends 'news' to who has subscribed, over and over. */
async function newsServer(): Promise<Server> {
  return host({ enableStreams: true, origins: '*' }, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      adapter.dispatch(MessageType.Text, `re: ${message.text()}`);
      const timer = setInterval(() => {
        try {
          adapter.dispatch(MessageType.Text, 'news');
        } catch {
          // The connection has ended.
          clearInterval(timer);
        }
      }, 20);
    });
  });
}

/** Has a page dial by a pool, whose waits are as long as the test: only what hastens them makes it dial again. */
async function subscribe(page: Page, url: string): Promise<void> {
  await page.evaluate(async (address) => {
    const state = { steps: [], got: [], listeners: 0 } as State;
    Object.assign(globalThis, state);
    const hold = globalThis as unknown as State;
    const page = globalThis as unknown as EventTarget & { readonly document: EventTarget };
    for (const target of [page, page.document]) {
      const add = target.addEventListener.bind(target);
      const remove = target.removeEventListener.bind(target);
      target.addEventListener = (...args: Parameters<typeof add>) => {
        hold.listeners++;
        add(...args);
      };
      target.removeEventListener = (...args: Parameters<typeof remove>) => {
        hold.listeners--;
        remove(...args);
      };
    }
    const interval = 24 * 3600_000;
    const pool = new webson.Pool({ clientRetry: 20, retryInterval: interval, maxRetryInterval: interval });
    pool.onRedial((event) => void hold.steps.push(`${event.step} ${event.attempt}`));
    const timeout = { pong: 300, dead: 300 };
    const ws = await pool.dial(address, { enableStreams: true, pingInterval: 200, timeout });
    ws.onStatus(webson.Status.Ready, () => void ws.dispatch(1, 'subscribe'));
    ws.onMessage(1, (message) => void hold.got.push(message.text()));
    Object.assign(globalThis, { pool });
  }, url);
}

describe.each(SOCKETS)('in a page, over %s', (_name, hasStream) => {
  test('a pool dials at once when the network is back, and what is subscribed on Ready comes again', async () => {
    const server = await newsServer();
    const context = await browser().newContext();
    onTestFinished(() => context.close());
    const page = await visit(context, server, hasStream);
    await subscribe(page, server.url);
    await until(page, ({ got }) => got.includes('news'));
    expect((await stateOf(page)).listeners).toBe(0);

    await context.setOffline(true);
    // Chromium leaves the connection open then, and nothing passes any more: the heartbeat finds out.
    await until(page, ({ steps }) => steps.includes('wait 1'));
    const offline = await stateOf(page);
    await context.setOffline(false);
    await until(page, ({ steps }) => steps.at(-1) === 'ready 1');
    await until(page, ({ got }) => got.filter((text) => text === 're: subscribe').length === 2);
    await until(page, ({ got }) => got.length > offline.got.length + 3 && got.at(-1) === 'news');
    const seen = await stateOf(page);
    expect(seen.steps).toEqual(['dial 0', 'ready 0', 'wait 1', 'dial 1', 'ready 1']);
    expect(seen.listeners).toBe(0);
    await page.evaluate(() => (globalThis as unknown as { pool: import('webson').Pool }).pool.close());
  });

  test('an attempt that fails although the network is said to be back is followed by others', async () => {
    const server = await newsServer();
    const proxy = await proxyTo(server);
    const page = await visit(browser(), server, hasStream);
    await subscribe(page, `ws://127.0.0.1:${proxy.port}/`);
    await until(page, ({ got }) => got.includes('news'));
    proxy.refuse(true);
    for (const link of proxy.links) link.cut('reset');
    await until(page, ({ steps }) => steps.includes('wait 1'));
    const fire = (what: 'online' | 'pageshow' | 'visibilitychange' | 'resume'): Promise<void> =>
      page.evaluate((type) => {
        const isOfPage = type === 'online' || type === 'pageshow';
        const page = globalThis as unknown as EventTarget & { readonly document: EventTarget };
        const target = isOfPage ? page : page.document;
        target.dispatchEvent(new Event(type));
      }, what);
    for (const [i, type] of (['online', 'pageshow', 'visibilitychange'] as const).entries()) {
      await fire(type);
      await until(page, ({ steps }) => steps.at(-1) === `wait ${i + 2}`);
    }
    expect((await stateOf(page)).listeners).toBe(4);
    proxy.refuse(false);
    await fire('resume');
    await until(page, ({ steps }) => steps.at(-1) === 'ready 4');
    expect(await stateOf(page)).toMatchObject({ listeners: 0 });
    for (const link of proxy.links) link.cut('end');
    await until(page, ({ steps }) => steps.at(-1)?.startsWith('wait') === true);
    await page.evaluate(() => (globalThis as unknown as { pool: import('webson').Pool }).pool.close());
    expect(await stateOf(page)).toMatchObject({ listeners: 0 });
  });
});

// Over a WebSocket alone: a page of Chromium crashes when a WebSocketStream breaks while a write to it is pending.
test('in a page: a server is killed and started again: each message comes once, is reported, or was on its way', async () => {
  const server = await host({}, () => {});
  const first = await EchoServer.start(0);
  const page = await visit(browser(), server, false);
  await page.evaluate(async (url) => {
    const pool = new webson.Pool({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 20, maxRetryInterval: 50 });
    const log: string[] = [];
    const echoes: string[] = [];
    pool.onUndelivered(({ payload, reason, mayBeSent }) => {
      log.push(`undelivered ${String(payload).split(' ')[0]} ${reason} ${mayBeSent}`);
    });
    const ws = await pool.dial(url, { enableStreams: true });
    const lives: (() => void)[] = [];
    ws.onStatus(webson.Status.Ready, () => {
      ws.dispatch(1, 'subscribe');
    });
    ws.onStatus(webson.Status.Closed, () => void log.push('closed'));
    ws.onMessage(1, (message) => {
      const text = message.text();
      if (text === 'subscribed') log.push('subscribed');
      else echoes.push(text);
      for (const wake of lives.splice(0)) wake();
    });
    let number = 0;
    let isOver = false;
    const filler = 'x'.repeat(10_000);
    const sending = (async () => {
      while (!isOver) {
        for (let i = 0; i < 10; i++, number++) {
          log.push(`${pool.dispatch(1, `${number} ${filler}`) === 1 ? 'sent' : 'refused'} ${number}`);
        }
        await kit.pause(2);
      }
    })();
    Object.assign(globalThis, {
      log,
      pool,
      finish: async () => {
        isOver = true;
        await sending;
        ws.dispatch(1, 'last');
        while (!echoes.includes('last')) await new Promise<void>((resolve) => lives.push(resolve));
        await pool.close();
        return { log, echoes };
      },
    });
  }, first.url);
  const subscribed = (times: number): Promise<unknown> =>
    page.waitForFunction((n) => {
      const { log } = globalThis as unknown as { log: string[] };
      return log.filter((line) => line === 'subscribed').length === n && /^sent .*\d{2}/.test(log.at(-1)!);
    }, times);
  await subscribed(1);
  await first.kill();
  await page.waitForFunction(() => (globalThis as unknown as { log: string[] }).log.includes('closed'));
  const second = await EchoServer.start(first.port);
  expect(second.port).toBe(first.port);
  await subscribed(2);
  const { log, echoes } = await page.evaluate(() =>
    (globalThis as unknown as { finish(): Promise<{ log: string[]; echoes: string[] }> }).finish(),
  );
  const numbers = (kind: string): string[] =>
    log.filter((line) => line.startsWith(kind)).map((line) => line.split(' ')[1]!);
  const came = new Set(echoes);
  expect(came.size).toBe(echoes.length);
  // In their order, through both lives.
  expect(echoes.slice(0, -1)).toEqual([...echoes.slice(0, -1)].sort((a, b) => Number(a) - Number(b)));
  const reported = new Set(numbers('undelivered'));
  expect(reported.size).toBe(numbers('undelivered').length);
  for (const line of log.filter((each) => each.startsWith('undelivered'))) {
    if (line.endsWith('broken false')) expect(came).not.toContain(line.split(' ')[1]);
  }
  const broken = new Set(log.filter((line) => line.includes('broken')).map((line) => line.split(' ')[1]));
  for (const number of numbers('refused'))
    expect([number, came.has(number), broken.has(number)]).toEqual([number, false, false]);
  const end = log.indexOf('closed');
  const lost = numbers('sent').filter((number) => !came.has(number) && !reported.has(number));
  console.info(`of ${numbers('sent').length} messages ${lost.length} were on their way, ${reported.size} reported`);
  // What was sent on the second life has come, all of it.
  const late = new Set(
    log
      .slice(end)
      .filter((line) => line.startsWith('sent'))
      .map((line) => line.split(' ')[1]),
  );
  expect(late.size).toBeGreaterThan(0);
  expect(lost.filter((number) => late.has(number))).toEqual([]);
  await second.kill();
});

/** See echo-server.mjs. */
class EchoServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(port: number): Promise<EchoServer> {
    const file = fileURLToPath(new URL('page/echo-server.mjs', import.meta.url));
    const child = spawn(process.execPath, [file, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
    return new EchoServer(child, Number(line.split(' ')[1]));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
