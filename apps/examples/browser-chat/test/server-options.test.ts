import { expect, it } from 'vitest';
import { parseServerOptions, UsageError } from '../src/server/server-options.js';

it('has defaults that keep it to this machine', () => {
  expect(parseServerOptions([])).toEqual({
    host: '127.0.0.1',
    port: 8080,
    data: 'data',
    hosts: ['localhost', '127.0.0.1', '[::1]'],
  });
  expect(parseServerOptions(['--help'])).toBeUndefined();
});

it('takes names, and the address it listens on for one', () => {
  const options = parseServerOptions(['--', '--host', '::', '--name', 'chat.example.com', '--name', '10.0.0.5:8080']);
  expect(options?.hosts.slice(3)).toEqual(['chat.example.com', '10.0.0.5:8080', '[::]']);
});

it.each([
  [['--port', '65536'], '--port 65536: a whole number from 0 to 65535 is needed'],
  [['--port', ''], '--port : a whole number from 0 to 65535 is needed'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['--name', 'http://a/'], '--name http://a/: the name of a host is needed, such as chat.example.com'],
])('says what is wrong with %j', (args, message) => {
  expect(() => parseServerOptions(args)).toThrow(new UsageError(message));
});
