import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CloseInfo, MessageType, type Server, Status } from 'webson';
import { equip, host, SOCKETS, useChromium, visit } from './page/visit.js';

const browser = useChromium();

/** A server that answers, and what has become of its connections, by the name that each has given. */
async function counter(): Promise<{ server: Server; ends: Map<string, CloseInfo> }> {
  const ends = new Map<string, CloseInfo>();
  const server = await host({ enableStreams: true }, (ws) => {
    let name = '';
    ws.onMessage(MessageType.Text, (message, adapter) => {
      name ||= message.text();
      adapter.dispatch(MessageType.Text, message.text());
    });
    ws.onStatus(Status.Closed, () => void ends.set(name, ws.closeInfo!));
  });
  return { server, ends };
}

/** Has a page join with a pool of its own, and wait until it is answered. */
async function join(page: Page, url: string, name: string): Promise<void> {
  await page.evaluate(
    async ({ address, text }) => {
      const pool = new webson.Pool({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 10 });
      const state = { pool, got: [] as string[], steps: [] as string[] };
      Object.assign(globalThis, { state });
      pool.onRedial(({ step }) => void state.steps.push(step));
      const ws = await pool.dial(address, { enableStreams: true });
      await new Promise<void>((resolve) => {
        ws.onMessage(1, (message) => {
          state.got.push(message.text());
          resolve();
        });
        ws.dispatch(1, text);
      });
    },
    { address: url, text: name },
  );
}

/** Sends a message and waits for its echo. @returns what has become of the connection of the page so far. */
async function goesOn(page: Page, text: string): Promise<{ got: string[]; steps: string[] }> {
  return page.evaluate(async (message) => {
    const { state } = globalThis as unknown as {
      state: { pool: import('webson').Pool; got: string[]; steps: string[] };
    };
    state.pool.dispatch(1, message);
    while (state.got.at(-1) !== message) await kit.pause(5);
    return { got: state.got, steps: state.steps };
  }, text);
}

describe.each(SOCKETS)('in a page, over %s', (_name, hasStream) => {
  test('one tab is closed, another one crashes: the server is told, and the third does not notice', async () => {
    const { server, ends } = await counter();
    const context = await browser().newContext();
    onTestFinished(() => context.close());
    const closed = await visit(context, server, hasStream);
    const crashed = await visit(context, server, hasStream);
    const third = await visit(context, server, hasStream);
    await join(closed, server.url, 'closed');
    await join(crashed, server.url, 'crashed');
    await join(third, server.url, 'third');

    await closed.close();
    await expect.poll(() => ends.get('closed')).toEqual({ code: 1001, reason: '', wasClean: true });
    expect(await goesOn(third, 'after the first')).toEqual({
      got: ['third', 'after the first'],
      steps: ['dial', 'ready'],
    });

    const crash = new Promise((resolve) => crashed.once('crash', resolve));
    const session = await context.newCDPSession(crashed);
    void session.send('Page.crash').catch(() => {});
    await crash;
    await expect.poll(() => ends.get('crashed')?.code).toBeDefined();
    console.info('after a crash the server is told', ends.get('crashed'));
    expect([1001, 1006]).toContain(ends.get('crashed')?.code);
    expect(await goesOn(third, 'after the second')).toEqual({
      got: ['third', 'after the first', 'after the second'],
      steps: ['dial', 'ready'],
    });
    expect(ends.has('third')).toBe(false);
  });

  test('a page that is left ends its connection with 1001, and one that is come back to dials anew', async () => {
    const { server, ends } = await counter();
    const page = await visit(browser(), server, hasStream);
    await join(page, server.url, 'before');
    await page.goto('about:blank');
    await expect.poll(() => ends.get('before')).toEqual({ code: 1001, reason: '', wasClean: true });
    await page.goBack();
    // Chromium keeps no page for the way back that had a connection open: it is loaded again.
    expect(await page.evaluate(() => 'state' in globalThis)).toBe(false);
    await equip(page, hasStream);
    await join(page, server.url, 'after');
    expect(await goesOn(page, 'again')).toEqual({ got: ['after', 'again'], steps: ['dial', 'ready'] });
    await page.reload();
    await expect.poll(() => ends.get('after')).toEqual({ code: 1001, reason: '', wasClean: true });
  });
});
