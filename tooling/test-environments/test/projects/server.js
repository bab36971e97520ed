// The server that pages talk to in these tests. It runs outside of what imitates a page.

import { serve } from 'webson';

/** Starts it on a free port. */
export async function startServer() {
  // A page of jsdom or happy-dom has an origin, and it is another one than the server's.
  const options = { host: '127.0.0.1', origins: '*', enableStreams: true, triggerOnStart: true };
  return await serve(options, (ws) => {
    ws.onMessage(1, async (message, adapter) => {
      const text = (await message.completed()).text();
      if (text === 'leave') adapter.close(1012);
      else if (text === 'ping') adapter.ping('ping');
      else adapter.dispatch(1, text);
    });
    ws.onMessage(2, async (message, adapter) => {
      let [length, sum] = [0, 0];
      for await (const piece of message.readIter()) {
        length += piece.length;
        for (const byte of piece) sum += byte;
      }
      adapter.dispatch(1, `${length} bytes, sum ${sum}`);
    });
  });
}
