import { dial } from 'webson';
import { exchange } from './exchange.js';
import { sha256 } from './sha256.js';

// biome-ignore lint/style/noDefaultExport: It is what workerd calls.
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const to = searchParams.get('to');
    try {
      if (pathname === '/left') {
        // A request that ends in the middle: what it has begun goes with it.
        const ws = await dial(to, { enableStreams: true });
        ws.onMessage(1, () => {});
        void ws.start();
        ws.dispatch(1, 'left');
        return new Response('left');
      }
      return Response.json(await exchange(to, sha256));
    } catch (error) {
      return new Response(`${error.stack} ${error.cause?.stack ?? ''}`, { status: 500 });
    }
  },
};
