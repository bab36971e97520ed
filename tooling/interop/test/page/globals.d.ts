// The globals of pages that `equip` was called for.
declare const webson: typeof import('webson');
declare const kit: typeof import('./kit.js');
