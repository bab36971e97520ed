import { readdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { extname, join } from 'node:path';

interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// The page needs nothing from elsewhere, no script or style that stands in it, and may not be framed.
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/**
 * Reads the page as it was built; answers requests for its files, and nothing else.
 *
 * @throws Error when it was not built.
 */
export function createPageListener(folder: string): RequestListener {
  const files = readPage(folder);
  return (request, response) => {
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { ...HEADERS, ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(`${text}\n`);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(405, 'Only GET and HEAD', { Allow: 'GET, HEAD' });
      return;
    }
    const file = files.get(request.url?.split('?', 1)[0] ?? '');
    if (file === undefined) {
      refuse(404, 'Not found');
      return;
    }
    response.writeHead(200, { ...HEADERS, ...file.headers });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  };
}

// By path. All are small, and read once: no request can name any other file.
function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of entriesOf(folder)) {
    const name = entry.split('\\').join('/');
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = readFileSync(join(folder, entry));
    // What lies in `assets` is called by what is in it.
    const cached = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    const headers = { 'Content-Type': type, 'Content-Length': `${body.length}`, 'Cache-Control': cached };
    files.set(name === 'index.html' ? '/' : `/${name}`, { headers, body });
  }
  if (!files.has('/')) throw new Error(notBuilt(folder));
  return files;
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (cause) {
    throw new Error(notBuilt(folder), { cause });
  }
}

function notBuilt(folder: string): string {
  return `there is no page in ${folder}: npm run build makes it`;
}
