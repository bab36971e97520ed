import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import vm from 'node:vm';
import { getDefaultConfig, mergeConfig } from '@react-native/metro-config';
import { type Outcome, run } from '@webson/published';
import Metro from 'metro';
import { WebSocket } from 'undici';
import { onTestFinished } from 'vitest';

const require = createRequire(import.meta.url);

/**
 * Bundles `src/react-native.js` of a project as React Native does: its own configuration of Metro, without React Native itself.
 *
 * @returns the path of the bundle.
 */
export async function bundleByMetro(project: string): Promise<string> {
  // An app has it among its dependencies: what Babel makes imports parts of it.
  const babel = dirname(require.resolve('@babel/runtime/package.json'));
  const helpers = join(project, 'node_modules/@babel/runtime');
  cpSync(babel, helpers, { recursive: true, dereference: true });
  const defaults = getDefaultConfig(project);
  // They lie in an app's own folder as well.
  const [polyfill = ''] = defaults.serializer.getPolyfills({ platform: 'ios' });
  const runtime = join(dirname(defaults.transformer.asyncRequireModulePath), '../..');
  const config = mergeConfig(defaults, {
    projectRoot: project,
    watchFolders: [project, runtime, dirname(polyfill)],
    cacheStores: [],
    fileMapCacheDirectory: project,
    // Metro's own run-time, which does not lie in the project here, finds them too.
    resolver: { useWatchman: false, extraNodeModules: { '@babel/runtime': helpers } },
    maxWorkers: 1,
    reporter: { update: () => {} },
    serializer: { getModulesRunBeforeMainModule: () => [] },
    transformer: { getTransformOptions: async () => ({ transform: { inlineRequires: true } }) },
  });
  const out = join(project, 'dist/index.js');
  mkdirSync(dirname(out), { recursive: true });
  await Metro.runBuild(config, { entry: 'src/react-native.js', platform: 'ios', dev: false, minify: false, out });
  return out;
}

/** Compiles a script to the code of Hermes; it warns of globals that it does not know. */
export function compileForHermes(script: string): Promise<Outcome> {
  const folders: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux64-bin', darwin: 'osx-bin' };
  const folder = dirname(require.resolve('hermes-compiler/package.json'));
  const program = join(folder, 'hermesc', folders[process.platform] ?? 'win64-bin/', 'hermesc');
  return run(
    program,
    ['-O', '-strict', '-Wundefined-variable', '-emit-binary', '-out', `${script}.hbc`, script],
    dirname(script),
  );
}

/** What the realm gets, called by name. */
export interface Realm {
  run(url: string): Promise<string>;
  runStreams(url: string): Promise<string>;
  runDial(url: string, options?: object): Promise<string>;
  runLoop(url: string): Promise<string>;
}

/** The calls of the realm's WebSocket. */
interface Listener {
  open(protocol: string): void;
  text(data: string): void;
  binary(data: string): void;
  closed(code: number, reason: string): void;
  failed(reason: string): void;
}

function connect(url: string, protocols: string, listener: Listener): object {
  const socket = new WebSocket(url, JSON.parse(protocols));
  socket.binaryType = 'arraybuffer';
  onTestFinished(() => socket.close());
  socket.addEventListener('open', () => listener.open(socket.protocol));
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') listener.text(data);
    else listener.binary(Buffer.from(data as ArrayBuffer).toString('base64'));
  });
  socket.addEventListener('close', ({ code, reason }) => {
    if (code === 1006) listener.failed(reason);
    else listener.closed(code, reason);
  });
  return {
    sendText: (data: string) => socket.send(data),
    sendBinary: (data: string) => socket.send(Buffer.from(data, 'base64')),
    close: (code: number, reason: string) => socket.close(code, reason),
  };
}

/**
 * Runs a bundle in a realm that has the globals of React Native, and nothing of Node.
 *
 * @param without globals that it lacks beside: those of older versions.
 */
export function runBundle(bundle: string, log: (text: string) => void, without: readonly string[] = []): Realm {
  const timers = new Map<number, NodeJS.Timeout>();
  let ids = 0;
  const native = {
    connect,
    log: (...texts: unknown[]) => log(texts.map(String).join(' ')),
    now: () => performance.now(),
    setTimeout(action: () => void, delay: number) {
      const id = ++ids;
      timers.set(id, setTimeout(action, delay));
      return id;
    },
    clearTimeout: (id: number) => clearTimeout(timers.get(id)),
    encode: (text: string) => Buffer.from(text).toString('base64'),
    decode: (bytes: string) => Buffer.from(bytes, 'base64').toString(),
    digest: (bytes: string) => createHash('sha256').update(Buffer.from(bytes, 'base64')).digest('hex'),
  };
  const context = vm.createContext({ native });
  const environment = new URL('./react-native-globals.js', import.meta.url);
  vm.runInContext(readFileSync(environment, 'utf8'), context, { filename: environment.pathname });
  for (const name of ['native', ...without]) vm.runInContext(`delete globalThis.${name}`, context);
  vm.runInContext(readFileSync(bundle, 'utf8'), context, { filename: bundle });
  return context as unknown as Realm;
}
