import type { Server } from 'node:http';
import type { Plugin } from 'vite';
import { type ChatServer, openChat } from './chat-server.js';
import { loopback } from './server-options.js';

/**
 * While developing: the chat on the server of Vite, at the same port, beside the connection by which Vite tells pages what has
 * changed. When a file of the chat's server changes, Vite begins anew, and so does the chat: pages come back by themselves.
 */
export function chatPlugin(folder: string): Plugin {
  let chat: ChatServer | undefined;
  return {
    name: 'chat',
    apply: 'serve',
    configureServer({ httpServer, config }) {
      // Vite opens its new server before the old one is closed: what both keep is touched when it listens.
      httpServer?.once('listening', () => {
        const log = (line: string): void => config.logger.info(line);
        chat = openChat(httpServer as Server, { folder, hosts: loopback, log });
      });
    },
    async closeBundle() {
      await chat?.close();
      chat = undefined;
    },
  };
}
