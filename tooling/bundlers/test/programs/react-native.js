import { dial, MessageType, toStreams } from 'webson';
import { exchange } from './exchange.js';

// For the test, which calls these by name. `digest` is what an app has of a native module.

globalThis.run = async (url) => JSON.stringify(await exchange(url, globalThis.digest));

/** What connections are not made for here. */
globalThis.runStreams = async (url) => {
  const ws = await dial(url, { enableStreams: true });
  const codes = [];
  try {
    toStreams(ws);
  } catch (error) {
    codes.push(`${error.code}: ${error.message}`);
  }
  ws.onMessage(MessageType.Text, (message, adapter) => {
    try {
      message.stream();
    } catch (error) {
      codes.push(`${error.code}: ${error.message}`);
    }
    adapter.close();
  });
  ws.onReady((adapter) => void adapter.dispatch(MessageType.Text, 'x'));
  await ws.start();
  return codes.join('\n');
};

/** How dialling goes, in one word or in the words of the error. */
globalThis.runDial = async (url, options) => {
  try {
    (await dial(url, options)).terminate();
    return 'opened';
  } catch (error) {
    return `${error.name} ${error.code ?? ''}: ${error.message}`;
  }
};

/** A loop over the messages of a connection. */
globalThis.runLoop = async (url) => {
  const ws = await dial(url);
  ws.onReady((adapter) => {
    adapter.dispatch(MessageType.Text, 'one');
    adapter.dispatch(MessageType.Text, 'two');
  });
  const texts = [];
  for await (const message of ws) {
    texts.push(message.text());
    if (texts.length === 2) break;
  }
  return texts.join();
};
