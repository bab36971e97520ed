import { MessageCancelledError } from 'webson';
import type { Plan } from './plan.js';
import type { Plant } from './plant.js';

/** What a party tells of what happens, and asks about the rest of the case. */
export interface World {
  fault(what: string): void;
  note(party: number, what: string): void;
  /** Somebody has closed the connection, or it was cut: errors of what is cut short are no fault. */
  readonly isEnding: boolean;
  /** The error tells of a message that its sender gave up, and one may have. */
  mayBeGivenUp(error: Error): boolean;
  /** What is made wrong on purpose. */
  readonly plant: Plant;
  /** `close` is about to be called. */
  closes(party: number): void;
}

/** True for what the reader of a message gets that its sender has given up, be it the reader of another. */
export function mayBeGivenUp({ requests }: Plan, error: Error): boolean {
  const isPlanned = requests.some(({ way }) => way === 'dispatchReader, given up');
  return isPlanned && error instanceof MessageCancelledError;
}

/** What a party is called in what is reported. */
export function nameOfParty(index: number): string {
  return index === 0 ? 'client' : 'server';
}
