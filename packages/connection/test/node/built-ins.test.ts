import { execFile } from 'node:child_process';
import https from 'node:https';
import { Socket } from 'node:net';
import tls, { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { httpsModule, isTls, tlsModule } from '../../src/node/built-ins.js';

test('they are the modules that an import gives', () => {
  expect(httpsModule().createServer).toBe(https.createServer);
  expect(tlsModule().connect).toBe(tls.connect);
});

test('a TLSSocket is told from a socket', () => {
  const socket = new Socket();
  expect(isTls(socket)).toBe(false);
  expect(isTls(new TLSSocket(socket))).toBe(true);
});

test('who imports the package loads neither TLS nor compression', async () => {
  const built = new URL('../../dist/index.js', import.meta.url);
  const program = `await import(${JSON.stringify(built.href)}); console.log(process.moduleLoadList.join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toContain('NativeModule net');
  expect(stdout).not.toMatch(/NativeModule (tls|https|zlib)\b/);
});
