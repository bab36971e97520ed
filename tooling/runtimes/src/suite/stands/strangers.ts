import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Stand, type StandMaker, Witness } from '../stand.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Agrees to the handshake, and is silent for ever after. */
export const silent: StandMaker = () => agreeing('');

/** Sends a text and a Close together with its answer. */
export const hasty: StandMaker = () => agreeing('\x81\x05early\x88\x02\x0f\xa0');

function agreeing(behind: string): Promise<Stand> {
  return listening((socket) => {
    let head = '';
    socket.on('data', (bytes) => {
      if (head.includes('\r\n\r\n')) return;
      head += bytes.toString('latin1');
      const [, key] = /^sec-websocket-key: *(\S+)/im.exec(head) ?? [];
      if (!head.includes('\r\n\r\n')) return;
      const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
      const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n${behind}`, 'latin1');
    });
  });
}

/** Takes connections, and never answers. */
export const mute: StandMaker = () => listening((socket) => socket.resume());

/** Answers with what is no HTTP. */
export const garbled: StandMaker = () => listening((socket) => socket.once('data', () => socket.write('220 mail\r\n')));

async function listening(attend: (socket: Socket) => void): Promise<Stand> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    attend(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      return new Witness().report;
    },
  };
}
