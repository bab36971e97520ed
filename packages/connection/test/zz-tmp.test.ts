import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { SocketTransport } from '../src/node/socket-transport.js';
import { transportCompliance } from './support/transport-compliance.js';

for (const allowHalfOpen of [false, true])
  transportCompliance('tcp' + allowHalfOpen, async () => {
    const server = createServer({ allowHalfOpen });
    await new Promise<void>((r) => server.listen(0, '127.0.0.1', r));
    const accepted = new Promise<Socket>((r) => server.once('connection', r));
    const a = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen });
    await new Promise((r) => a.once('connect', r));
    const b = await accepted;
    return { left: new SocketTransport(a), right: new SocketTransport(b), dispose: () => server.close() };
  });
