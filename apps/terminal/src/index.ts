export { readArguments, runCommand, UsageError, wholeNumber } from './command.js';
export { type OptionDefaults, type OptionValues, readOptions } from './options.js';
export { onStop, openKeyboard, stoppable, untilStopped } from './terminal.js';
