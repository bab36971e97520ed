export { readArguments, runCommand, UsageError, wholeNumber } from './command.js';
export { onStop, openKeyboard, untilStopped } from './terminal.js';
