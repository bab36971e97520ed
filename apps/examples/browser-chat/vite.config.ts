import { defineConfig } from 'vite';
import { chatPlugin } from './src/server/chat-plugin.js';

export default defineConfig({
  root: 'src/page',
  plugins: [chatPlugin('data/dev')],
  server: { host: '127.0.0.1' },
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    // The Content-Security-Policy of the server allows files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
