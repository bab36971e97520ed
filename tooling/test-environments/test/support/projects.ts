import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProject, type Outcome, root, run } from '@webson/published';

const projects = fileURLToPath(new URL('../projects/', import.meta.url));

/** Where the tools are installed that a project has beside webson. */
const tools = {
  esbuild: root,
  vitest: root,
  '@sinonjs/fake-timers': join(root, 'tooling/test-environments'),
  'happy-dom': join(root, 'tooling/test-environments'),
  jest: join(root, 'tooling/test-environments'),
  'jest-environment-jsdom': join(root, 'tooling/test-environments'),
  jsdom: join(root, 'tooling/test-environments'),
};

/** A project as a user has it: the packed packages, test runners, and the tests of `projects/`. */
export async function createTestProject(): Promise<string> {
  const project = await createProject();
  for (const [name, place] of Object.entries(tools)) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(place, 'node_modules', name)), link);
  }
  cpSync(projects, project, { recursive: true });
  return project;
}

/** The environment of a runner of its own: without what the one that runs this has set. */
const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:VITEST|JEST|NODE_|TEST$|DEV$|PROD$|MODE$|SSR$)/.test(name)),
);

/** Runs a program in a project to its end. */
export function runIn(
  project: string,
  program: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return run(program, args, project, { ...environment, NO_COLOR: '1', ...variables });
}

/** Reads what a runner has written, and says what else it wrote when that is missing. */
export function readReport(path: string, { stdout, stderr }: Outcome): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Error(`the runner has written no report:\n${stdout}${stderr}`);
  }
}
