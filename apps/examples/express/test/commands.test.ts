import { type Child, exampleOf, testManners } from '@webson/child-process';
import { launchChromium } from '@webson/chromium';
import { expect, it, onTestFinished } from 'vitest';
import { dial } from 'webson';
import { rawRequest } from './raw-request.js';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: [], input: '', busy: /^hello ada\n/m });

const pageOf = (url: string): string => new URL('/', url.replace('ws:', 'http:')).href;

function post(url: string, path: string, body: unknown, cookie = ''): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', Cookie: cookie };
  return fetch(new URL(path, pageOf(url)), { method: 'POST', headers, body: JSON.stringify(body) });
}

async function logIn(url: string, name: string, password: string): Promise<string> {
  const [cookie = ''] = (await post(url, '/login', { name, password })).headers.getSetCookie();
  return cookie.split(';', 1)[0] ?? '';
}

async function startClient(url: string, ...args: string[]): Promise<Child> {
  const client = example.start('client', ['--url', url, ...args], '', 'open');
  await client.sees(/^hello /m);
  return client;
}

it('brings to a client what is posted over HTTP, as the README shows', async () => {
  const { url } = await example.startServer();
  const client = await startClient(url);
  const bob = await logIn(url, 'bob', 'kahn');
  const response = await post(url, '/notes', { text: 'hello from curl' }, bob);
  expect([response.status, await response.text()]).toEqual([200, '{"reached":1}']);
  await client.sees(/^bob: hello from curl\n/m);
  expect(client.output).toBe(example.blocks[2]);
  client.process.stdin?.write('and back\n');
  await client.sees(/^ada: and back\n/m);
});

it('keeps out who has no session, and pages of others', async () => {
  const { url } = await example.startServer();
  await expect(dial(url)).rejects.toMatchObject({ status: 401, message: expect.stringContaining('"log in first"') });
  await expect(dial(url, { extraHeaders: { Cookie: 'connect.sid=s%3Aforged.nothing' } })).rejects.toMatchObject({
    status: 401,
  });
  const cookie = await logIn(url, 'ada', 'lovelace');
  const headers = { Cookie: cookie, Origin: 'http://elsewhere.example' };
  await expect(dial(url, { extraHeaders: headers })).rejects.toMatchObject({ status: 403 });
  const client = example.start('client', ['--url', url, '--password', 'guess']);
  expect(await client.exited).toBe(1);
  expect(client.output).toBe('client: cannot log in as ada: {"error":"another name and password are needed"}\n');
});

it('closes the connections of who logs out, and no others', async () => {
  const { url } = await example.startServer();
  const ada = await startClient(url);
  const bob = await startClient(url, '--name', 'bob', '--password', 'kahn');
  const cookie = await logIn(url, 'bob', 'kahn');
  expect((await post(url, '/logout', {}, cookie)).status).toBe(200);
  expect(await bob.exited).toBe(1);
  expect(bob.stderr).toBe('client: the server ended the connection with 4000 logged out\n');
  ada.process.stdin?.write('still here\n');
  await ada.sees(/^ada: still here\n/m);
  expect((await post(url, '/notes', {}, cookie)).status).toBe(401);
});

it('leaves requests and other upgrades to the app', async () => {
  const { url } = await example.startServer();
  const page = await fetch(pageOf(url));
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const missing = await fetch(new URL('/live', pageOf(url)));
  expect([missing.status, await missing.text()]).toEqual([404, '{"error":"nothing here"}']);
  expect((await post(url, '/notes', {})).status).toBe(401);
  expect((await post(url, '/login', { name: 'nobody' })).status).toBe(401);
  await expect(dial(new URL('/elsewhere', url))).rejects.toMatchObject({ status: 404 });
  expect(await rawRequest(pageOf(url), { Connection: 'Upgrade', Upgrade: 'h2c' })).toMatch(
    /^HTTP\/1\.1 200 [\s\S]*<title>Express/,
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
  await page.waitForSelector('text=another name and password are needed');
  await page.fill('[name=password]', 'lovelace');
  await page.click('text=log in');
  await page.waitForSelector('text=hello ada');
  await page.fill('[name=text]', 'from a page');
  await page.click('text=say');
  await page.waitForSelector('text=ada: from a page');
});
