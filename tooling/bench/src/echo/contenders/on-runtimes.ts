import type { ServerKind } from './index.js';

async function webson(): ReturnType<ServerKind['load']> {
  return (await import('./webson.js')).start;
}

async function ws(): ReturnType<ServerKind['load']> {
  return (await import('./ws.js')).startPlain;
}

/**
 * The same servers on several run-times, and the run-times' own; the one that the others are compared with first. On Bun `ws`
 * is a part of Bun that has its name.
 */
export const runtimeKinds: readonly ServerKind[] = [
  { name: 'node24', title: 'webson on Node 24', speaks: 'websocket', needs: 'node24', load: webson },
  { name: 'node20', title: 'webson on Node 20', speaks: 'websocket', needs: 'node20', load: webson },
  { name: 'on-bun', title: 'webson on Bun', speaks: 'websocket', needs: 'bun', load: webson },
  { name: 'on-deno', title: 'webson on Deno', speaks: 'websocket', needs: 'deno', load: webson },
  {
    name: 'bun-serve',
    title: "Bun's own server",
    speaks: 'websocket',
    needs: 'bun',
    load: async () => (await import('./bun.js')).start,
  },
  {
    name: 'deno-serve',
    title: "Deno's own server",
    speaks: 'websocket',
    needs: 'deno',
    load: async () => (await import('./deno.js')).start,
  },
  { name: 'ws-on-node24', title: 'ws on Node 24', speaks: 'websocket', needs: 'node24', load: ws },
  { name: 'ws-on-bun', title: "Bun's own ws", speaks: 'websocket', needs: 'bun', load: ws },
  { name: 'ws-on-deno', title: 'ws on Deno', speaks: 'websocket', needs: 'deno', load: ws },
];
