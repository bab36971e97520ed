import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProject } from '@webson/published';

/** A project outside of the workspace with the packed packages, and the programs of this folder as its sources. */
export async function createConsumer(): Promise<string> {
  const project = await createProject();
  cpSync(fileURLToPath(new URL('../programs/', import.meta.url)), join(project, 'src'), { recursive: true });
  writeFileSync(
    join(project, 'index.html'),
    '<meta charset="utf-8"><title>page</title><script type="module" src="/src/with-workers.js"></script>',
  );
  return project;
}
