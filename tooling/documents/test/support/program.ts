import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { transformSync } from 'esbuild';
import { type Snippet, snippetAt } from './snippets.js';

const FOLDER = new URL('../../.cache/programs/', import.meta.url);

/** The place of a snippet, and what the text around it leaves to the reader: lines that make it a program. */
export interface Surrounded {
  /** As in {@link Snippet.at}. */
  readonly at: string;
  readonly before?: string;
  readonly after?: string;
}

/** A snippet with what surrounds it. */
export class Program {
  readonly at: string;
  readonly language: string;
  /** What it prints, as the document says. */
  readonly printed: string | undefined;
  readonly #source: string;

  constructor(shown: Surrounded, snippet: Snippet = snippetAt(shown.at)) {
    this.at = shown.at;
    this.language = snippet.language;
    this.printed = snippet.printed;
    this.#source = `${shown.before ?? ''}${snippet.code}${shown.after ?? ''}`;
  }

  /** True for a program, false for the configuration of another server. */
  get isScript(): boolean {
    return !['nginx', 'haproxy', 'html'].includes(this.language);
  }

  /** Its text, with ports and names replaced. @throws Error when one of them does not occur. */
  text(replaced: Readonly<Record<string, string | number>> = {}): string {
    let text = this.#source;
    for (const [from, to] of Object.entries(replaced)) {
      if (!text.includes(from)) throw new Error(`${this.at} has no ${from}`);
      text = text.replaceAll(from, String(to));
    }
    return text;
  }

  /** Its text, as a module of its own. */
  script(): string {
    return `${this.text()}\nexport {};\n`;
  }

  /** Writes it to a file of its own; returns the path. */
  write(replaced: Readonly<Record<string, string | number>> = {}, variant = ''): string {
    const text = this.text(replaced);
    const isTypeScript = /^(ts|mts|typescript)$/.test(this.language);
    const file = new URL(`${nameOf(this.at)}${variant}.mjs`, FOLDER);
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, isTypeScript ? transformSync(text, { loader: 'ts', target: 'es2023' }).code : text);
    return fileURLToPath(file);
  }

  /** Starts it in a process of its own, which is killed when the test is over. */
  start(replaced: Readonly<Record<string, string | number>> = {}, variant = ''): Child {
    return spawnChild(process.execPath, [this.write(replaced, variant)]);
  }
}

/** A place as the name of a file. */
export function nameOf(at: string): string {
  return at.replaceAll(/[^a-z0-9]+/gi, '-');
}
