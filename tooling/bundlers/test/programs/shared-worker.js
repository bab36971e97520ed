// One connection for all tabs.
import { dial, MessageType } from 'webson';

const ports = [];
let connection;

self.onconnect = ({ ports: [port] }) => {
  ports.push(port);
  port.onmessage = async ({ data: { url, text } }) => {
    connection ??= open(url);
    const ws = await connection;
    ws.dispatch(MessageType.Text, text);
  };
};

async function open(url) {
  const ws = await dial(url, { enableStreams: true });
  ws.onMessage(MessageType.Text, (message) => {
    for (const port of ports) port.postMessage(message.text());
  });
  void ws.start();
  return ws;
}
