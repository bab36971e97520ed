import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild';
import * as vite from 'vite';
import webpack from 'webpack';

/** What a bundler made: warnings that it gave, and all the JavaScript in its folder. */
export interface Bundle {
  readonly folder: string;
  readonly warnings: readonly string[];
}

/** A bundler, called with nothing but what it cannot do without: where it begins, and where its output belongs. */
export interface Bundler {
  readonly name: string;
  /** True when its output is a classic script: pages of `file:` load no others. */
  readonly isClassic: boolean;
  /** Bundles `src/NAME.js` of the project as `OUT/NAME.js`. Rejects when it says that it cannot. */
  bundle(project: string, name: string, out: string): Promise<Bundle>;
}

/** @param format in which esbuild writes. */
function withEsbuild(format: 'esm' | 'iife'): Bundler {
  return {
    name: `esbuild, ${format}`,
    isClassic: format === 'iife',
    async bundle(project, name, out) {
      // It leaves the URLs of workers as they are: each of them is bundled by itself.
      const workers = name === 'with-workers' ? ['worker', 'shared-worker', 'service-worker'] : [];
      const folder = join(project, out);
      const { warnings } = await esbuild.build({
        absWorkingDir: project,
        entryPoints: [name, ...workers].map((file) => `src/${file}.js`),
        bundle: true,
        minify: true,
        format,
        outdir: folder,
        logLevel: 'silent',
      });
      return { folder, warnings: warnings.map(({ text }) => text) };
    },
  };
}

/** A logger of Vite that keeps warnings. */
function keeping(warnings: string[]): vite.Logger {
  const keep = (message: string): void => void warnings.push(message);
  return { ...vite.createLogger('silent'), warn: keep, warnOnce: keep };
}

/** @param format `es` as by default, from a page of HTML; `iife` as a library of one file. */
function withVite(format: 'es' | 'iife'): Bundler {
  return {
    name: `Vite, ${format}`,
    isClassic: format === 'iife',
    async bundle(project, name, out) {
      const warnings: string[] = [];
      const folder = join(project, out);
      const library = { entry: `src/${name}.js`, formats: [format], name: 'page', fileName: () => `${name}.js` };
      const asPage = {
        rolldownOptions: {
          input: join(project, `src/${name}.js`),
          output: { entryFileNames: '[name].js' },
        },
      };
      await vite.build({
        root: project,
        configFile: false,
        customLogger: keeping(warnings),
        build: { outDir: folder, ...(format === 'es' ? asPage : { lib: library }) },
      });
      return { folder, warnings };
    },
  };
}

const withWebpack: Bundler = {
  name: 'webpack',
  isClassic: true,
  bundle(project, name, out) {
    const folder = join(project, out);
    const configuration: webpack.Configuration = {
      mode: 'production',
      context: project,
      entry: `./src/${name}.js`,
      output: { path: folder, filename: `${name}.js` },
    };
    return new Promise((resolve, reject) => {
      webpack(configuration, (failure, stats) => {
        const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
        if (failure !== null || errors.length > 0) {
          reject(failure ?? new Error(errors.map(({ message }) => message).join('\n')));
        } else resolve({ folder, warnings: warnings.map(({ message }) => message) });
      });
    });
  },
};

/** The bundlers, as they are used for pages. */
export const bundlers: readonly Bundler[] = [
  withEsbuild('esm'),
  withEsbuild('iife'),
  withVite('es'),
  withVite('iife'),
  withWebpack,
];

/** Those of {@link bundlers} that make workers of what a page names as one. */
export const workerBundlers: readonly Bundler[] = [withEsbuild('esm'), withVite('es'), withWebpack];

/** All the JavaScript of a bundle. */
export function codeOf({ folder }: Bundle): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

/** Starts Vite's development server, which bundles packages before it serves them. */
export async function serveByVite(project: string, warnings: string[]): Promise<vite.ViteDevServer> {
  const server = await vite.createServer({
    root: project,
    configFile: false,
    customLogger: keeping(warnings),
    server: { host: '127.0.0.1', port: 0, strictPort: true },
  });
  await server.listen();
  return server;
}
