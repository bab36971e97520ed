// Vite's development server with the configuration file that is named.
import { createServer } from 'vite';

const [, , configFile] = process.argv;
const server = await createServer({
  configFile,
  root: new URL('../../.cache/', import.meta.url).pathname,
  logLevel: 'silent',
});
await server.listen();
console.log(`token ${server.config.webSocketToken}`);
