import { onStop, openKeyboard, runCommand } from '@webson/terminal';
import { type Playground, startPlayground } from './server.js';
import { help, parseServerOptions } from './server-options.js';
import { StatusLine } from './status-line.js';

await runCommand('start', async (args) => {
  const options = parseServerOptions(args);
  if (options === undefined) {
    process.stdout.write(help);
    return;
  }
  const playground = await startPlayground(options, () => status.update());
  const keyboard = openKeyboard();
  const stopped = new Promise<void>((resolve) => onStop(keyboard, resolve));
  process.stdout.write(greeting(playground, options.port));
  const status = new StatusLine(process.stdout, playground);
  // After a pause (Ctrl+Z, fg) the line stands above what the shell has written.
  process.on('SIGCONT', () => status.update());
  await stopped;
  await playground.close();
  keyboard?.close();
  status.end();
});

function greeting({ pageUrl, echoUrl }: Playground, port: number): string {
  const isTaken = port !== 0 && new URL(pageUrl).port !== `${port}`;
  return `${isTaken ? `\nPort ${port} is taken.` : ''}
The page:              ${pageUrl}
In a second terminal:  npx -y pnpm@12 --silent client ${echoUrl}
Ctrl+C stops the server.

`;
}
