import { type Child, exampleOf, testManners } from '@webson/child-process';
import { launchChromium } from '@webson/chromium';
import { expect, it, onTestFinished } from 'vitest';
import { dial } from 'webson';
import { rawRequest } from './raw-request.js';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: [], input: '', busy: /^hello ada\n/m });

const pageOf = (url: string): string => new URL('/', url.replace('ws:', 'http:')).href;

const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;

function post(url: string, path: string, user: string, body?: unknown): Promise<Response> {
  const headers = { Authorization: basic(user), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  return fetch(new URL(path, pageOf(url)), {
    method: 'POST',
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
}

async function startClient(url: string, ...args: string[]): Promise<Child> {
  const client = example.start('client', ['--url', url, ...args], '', 'open');
  await client.sees(/^hello /m);
  return client;
}

it('brings to a client what is posted over HTTP, as the README shows', async () => {
  const { url } = await example.startServer();
  const client = await startClient(url);
  const response = await post(url, '/notes', 'bob:kahn', { text: 'hello from curl' });
  expect([response.status, await response.text()]).toEqual([200, '{"reached":1}']);
  await client.sees(/^bob: hello from curl\n/m);
  expect(client.output).toBe(example.blocks[2]);
  client.process.stdin?.write('and back\n');
  await client.sees(/^ada: and back\n/m);
});

it('takes a ticket once', async () => {
  const { url } = await example.startServer();
  const response = await post(url, '/ticket', 'ada:lovelace');
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { ticket } = (await response.json()) as { ticket: string };
  const ws = await dial(`${url}?ticket=${ticket}`);
  const hello = new Promise((resolve) => ws.onMessage(1, (message) => resolve(message.text())));
  const ended = ws.start();
  expect(await hello).toBe('hello ada');
  await expect(dial(`${url}?ticket=${ticket}`)).rejects.toMatchObject({ status: 401 });
  ws.close();
  expect((await ended).code).toBe(1000);
});

it('keeps out whom it does not know, and pages of others', async () => {
  const { url } = await example.startServer();
  await expect(dial(url)).rejects.toMatchObject({ status: 401, message: expect.stringContaining('or a ticket') });
  await expect(dial(`${url}?ticket=guessed`)).rejects.toMatchObject({ status: 401 });
  const headers = { Authorization: basic('ada:lovelace'), Origin: 'http://elsewhere.example' };
  await expect(dial(url, { extraHeaders: headers })).rejects.toMatchObject({ status: 403 });
  expect((await post(url, '/ticket', 'ada:guess')).status).toBe(401);
  const client = example.start('client', ['--url', url, '--user', 'ada:guess']);
  expect(await client.exited).toBe(1);
  expect(client.output).toMatch(
    /^client: .* status 401, .*"a user and a password are needed, or a ticket that was not used"\n$/,
  );
});

it('leaves requests and other upgrades to the app', async () => {
  const { url } = await example.startServer();
  const page = await fetch(pageOf(url));
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  const missing = await fetch(new URL('/live', pageOf(url)));
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ message: 'Route GET:/live not found' });
  expect((await post(url, '/notes', 'eve:listens', {})).status).toBe(401);
  await expect(dial(new URL('/elsewhere', url))).rejects.toMatchObject({ status: 404 });
  expect(await rawRequest(pageOf(url), { Connection: 'Upgrade', Upgrade: 'h2c' })).toMatch(
    /^HTTP\/1\.1 200 [\s\S]*<title>Fastify/,
  );
});

it('lets a page in', async () => {
  const { url } = await example.startServer();
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(pageOf(url));
  await page.fill('[name=name]', 'ada');
  await page.fill('[name=password]', 'guess');
  await page.click('text=log in');
  await page.waitForSelector('text=another user and password are needed');
  await page.fill('[name=password]', 'lovelace');
  await page.click('text=log in');
  await page.waitForSelector('text=hello ada');
  await page.fill('[name=text]', 'from a page');
  await page.click('text=say');
  await page.waitForSelector('text=ada: from a page');
});
