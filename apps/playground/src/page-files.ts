import { readdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

// The page needs nothing from elsewhere and may not be framed. The two Cross-Origin fields give it a fine-grained clock.
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

/** Reads the files of the page; answers requests for them, and nothing else. */
export function createPageListener(): RequestListener {
  const files = readPage();
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
    response.writeHead(200, { ...HEADERS, 'Content-Type': file.type, 'Content-Length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  };
}

// By path. All are small, and read once: no request can name any other file.
function readPage(): ReadonlyMap<string, PageFile> {
  const read = (type: string, url: URL): PageFile => ({ type: `${type}; charset=utf-8`, body: readFileSync(url) });
  const files = new Map([
    ['/', read('text/html', new URL('../public/index.html', import.meta.url))],
    ['/style.css', read('text/css', new URL('../public/style.css', import.meta.url))],
    ['/icon.svg', read('image/svg+xml', new URL('../public/icon.svg', import.meta.url))],
  ]);
  const scripts = new URL('./page/main.js', import.meta.url);
  for (const name of readdirSync(new URL('.', scripts))) {
    if (name.endsWith('.js')) files.set(`/page/${name}`, read('text/javascript', new URL(name, scripts)));
  }
  return files;
}
