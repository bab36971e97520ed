import { startServer } from '../server.js';

export default async function setup() {
  const server = await startServer();
  globalThis.stopServer = () => server.close();
  process.env.WEBSON_URL = server.url;
}
