import { startServer } from '../server.js';

export default async function setup(project) {
  const server = await startServer();
  project.provide('url', server.url);
  return () => server.close();
}
