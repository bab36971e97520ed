import { connect } from 'node:net';

/** Sends a GET with these header fields, which `fetch` would not send, and resolves to what comes back, up to the end of a page. */
export async function rawRequest(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const { hostname, port, pathname, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let answer = '';
  for await (const piece of socket.setEncoding('utf8')) {
    answer += piece;
    if (answer.includes('</html>')) break;
  }
  return answer;
}
