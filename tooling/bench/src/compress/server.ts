/**
 * A process with one echo server with compression in it: `node --expose-gc server.js NAME SETTINGS`. Prints its port as a
 * line of JSON, and at every SIGUSR2 the memory it holds after a collection. Ends when its input does.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CompressOptions, MessageType, serve } from 'webson';
import { WebSocketServer } from 'ws';
import type { DeflateSettings } from './settings.js';

const [name, settings = '{}'] = process.argv.slice(2);
const { takeover, level, plain, ...rest } = JSON.parse(settings) as DeflateSettings;

async function startWebson(): Promise<number> {
  const options: CompressOptions = { contextTakeover: takeover, ...(level === undefined ? {} : { level }), ...rest };
  const server = await serve({ port: 0, host: '127.0.0.1', enableCompress: plain === true ? false : options }, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      adapter.dispatch(message.type, message.read());
    });
  });
  return Number(new URL(server.url).port);
}

/** As its README has it: what the client asks for about takeover holds, the rest is the default. */
async function startWs(): Promise<number> {
  const { memLevel, threshold } = rest;
  const zlibDeflateOptions = {
    ...(level === undefined ? {} : { level }),
    ...(memLevel === undefined ? {} : { memLevel }),
  };
  const perMessageDeflate =
    plain === true ? false : { zlibDeflateOptions, ...(threshold === undefined ? {} : { threshold }) };
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate });
  server.on('connection', (ws) => {
    ws.on('error', () => {});
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

process.stdin.resume().once('end', () => process.exit());
process.on('SIGUSR2', async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await sleep(50);
  }
  process.stdout.write(`${JSON.stringify({ rss: process.memoryUsage.rss() })}\n`);
});
const port = await (name === 'ws' ? startWs() : startWebson());
process.stdout.write(`${JSON.stringify({ port })}\n`);
