import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createConsumer } from './support/consumer.js';
import { EXCHANGED } from './support/exchanged.js';
import { bundleByMetro, compileForHermes, type Realm, runBundle } from './support/react-native.js';
import { host } from './support/server.js';

// What Metro makes for React Native, compiled for its engine, and run where only what React Native has is there.
let project = '';
let bundle = '';

beforeAll(async () => {
  project = await createConsumer();
  bundle = await bundleByMetro(project);
});

// All globals that are used without being looked for before, beside those of the language. `crypto` makes masking keys, which
// nobody here asks for.
const USED = [
  'AbortController',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'clearTimeout',
  'console',
  'crypto',
  'performance',
  'setTimeout',
];
const OF_METRO = ['Promise', '__d', '__r', 'nativePerformanceNow'];

test('Metro takes the build for pages', () => {
  const code = readFileSync(bundle, 'utf8');
  expect(code).toContain('webson.v1');
  expect(code).not.toMatch(/require\(["']node:|createServer/);
});

test('Hermes compiles it, and it uses no global that React Native has not', async () => {
  const { code, stdout, stderr } = await compileForHermes(bundle);
  expect(`${stdout}${stderr}`).not.toMatch(/error:/);
  expect(code).toBe(0);
  const used = [...stderr.matchAll(/the variable "(\w+)" was not declared/g)].map(([, name]) => name);
  expect([...new Set(used)].sort()).toEqual([...USED, ...OF_METRO].sort());
});

describe('in a realm with the globals of React Native', () => {
  const logged: string[] = [];
  const start = (without: readonly string[] = []): Realm =>
    runBundle(bundle, (text) => void logged.push(text), without);

  test('a program does what a page does', async () => {
    const server = await host('.');
    expect(JSON.parse(await start().run(server.url))).toEqual(EXCHANGED);
    expect(logged).toEqual([]);
  });

  test('messages come in a loop, though there is no Symbol.asyncIterator', async () => {
    const server = await host('.');
    expect(await start().runLoop(server.url)).toBe('you said: one,you said: two');
  });

  test('web streams are said to be missing', async () => {
    const server = await host('.');
    const text = 'NO_WEB_STREAMS: this platform has no ReadableStream and WritableStream';
    expect(await start().runStreams(server.url)).toBe(`${text}\n${text}`);
  });

  test.each(['TextDecoder', 'TextEncoder'])('an older version, without %s, loads it and is told', async (name) => {
    const server = await host('.');
    expect(await start([name]).runDial(server.url)).toMatch(
      /^HandshakeError NO_TEXT_ENCODING: this platform has no TextEncoder and TextDecoder, .*: load a polyfill/,
    );
  });

  test('a server that is not there, and a URL that is none, are the errors that they are elsewhere', async () => {
    const server = await host('.');
    await server.close();
    expect(await start().runDial(server.url)).toMatch(/^HandshakeError CONNECT_FAILED: cannot connect/);
    expect(await start().runDial('/path')).toMatch(/^ConfigError CONFIG: url: a WebSocket URL/);
    expect(await start().runDial('ws://me:secret@host/')).toMatch(/^ConfigError CONFIG: url: no user and no password/);
  });
});
