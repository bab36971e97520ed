import { existsSync, readFileSync } from 'node:fs';

// Run in the folder of a package before it is packed. `npm pack` would leave `workspace:*` in its package.json, which nobody
// can install; and a package that is not built would be packed without its code.
const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
const complaint = !process.env.npm_config_user_agent?.startsWith('pnpm/')
  ? 'is packed by pnpm, which puts versions in place of workspace:*. In the root of the repository: npx -y pnpm@12 tarballs'
  : existsSync('dist/index.js')
    ? undefined
    : 'is not built. In the root of the repository: npx -y pnpm@12 build';
if (complaint !== undefined) {
  console.error(`${name} ${complaint}`);
  process.exit(1);
}
