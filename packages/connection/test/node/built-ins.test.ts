import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import nodeHttp from 'node:http';
import https from 'node:https';
import nodeNet, { Socket } from 'node:net';
import tls, { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { http, httpsModule, isTls, net, tlsModule } from '../../src/node/built-ins.js';

test('they are the modules that an import gives', () => {
  expect(http.createServer).toBe(nodeHttp.createServer);
  expect(net.connect).toBe(nodeNet.connect);
  expect(httpsModule().createServer).toBe(https.createServer);
  expect(tlsModule().connect).toBe(tls.connect);
});

test('a TLSSocket is told from a socket', () => {
  const socket = new Socket();
  expect(isTls(socket)).toBe(false);
  expect(isTls(new TLSSocket(socket))).toBe(true);
});

test('who imports the package loads neither TLS nor compression', async () => {
  const program = `await import(${JSON.stringify(built('index.js').href)}); console.log(process.moduleLoadList.join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toContain('NativeModule net');
  expect(stdout).not.toMatch(/NativeModule (tls|https|zlib)\b/);
});

const built = (file: string): URL => new URL(`../../dist/${file}`, import.meta.url);

test.each(['index.js', 'internal.js', 'chunk.js'])(
  '%s imports no module of Node: that would load all that Node loads late',
  (file) => {
    expect(readFileSync(built(file), 'utf8')).not.toMatch(/^(import|export|\}) .*["']node:/m);
  },
);

test.each(['{}', '{ enableCompress: true }', '{ enableStreams: true }'])(
  'in 2 GiB of addresses it loads, and serves and dials with %s',
  async (options) => {
    const program = `
      const { dial, serve } = await import(${JSON.stringify(built('index.js').href)});
      const server = await serve({ ...${options}, host: '127.0.0.1' }, (ws) => {
        ws.onMessage(2, (message) => void ws.dispatch(2, message.read()));
      });
      const client = await dial(server.url, ${options});
      const sizes = [1, 200_000, 5_000_000];
      client.onReady(() => void client.dispatch(2, new Uint8Array(sizes[0])));
      client.onMessage(2, (message) => {
        console.log(message.size);
        sizes.shift();
        if (sizes.length === 0) client.close();
        else client.dispatch(2, new Uint8Array(sizes[0]));
      });
      await client.start();
      await server.close();`;
    const shell = 'ulimit -v 2097152 && exec "$0" "$@"';
    const args = ['-c', shell, process.execPath, '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)('sh', args);
    expect(stdout.split('\n')).toEqual(['1', '200000', '5000000', '']);
  },
);
