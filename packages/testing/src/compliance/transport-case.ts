import type { Transport, TransportSink } from '../transport.js';
import type { Trial } from './trial.js';

/** A sentence of the contract, which is the doc comments of the members of `Transport` and `TransportSink`. */
export interface Clause {
  readonly member: keyof Transport | keyof TransportSink;
  /** The sentence, exactly as in the doc comment. */
  readonly sentence: string;
}

/** A test of one thing that every transport must do. */
export interface TransportCase {
  /** A unique name of a few words. */
  readonly name: string;
  /** The expected behaviour, as a sentence. */
  readonly expected: string;
  /** The sentence of the contract that the case proves. */
  readonly proves: Clause;
  /** How often the case runs, each time on a new pair and with another seed; once by default. */
  readonly rounds?: number;
  /**
   * Rejects when the transport does not behave as expected. Resolves to 'absent' when it lacks the optional member that
   * the case is about.
   */
  run(trial: Trial): Promise<'absent' | undefined> | Promise<void>;
}

/** Sentences of the contract that several cases prove. */
export const CLAUSE: {
  readonly order: Clause;
  readonly taken: Clause;
  readonly full: Clause;
  readonly drained: Clause;
  readonly started: Clause;
  readonly watched: Clause;
  readonly counted: Clause;
  readonly receivedCounted: Clause;
  readonly owned: Clause;
  readonly paused: Clause;
  readonly resumed: Clause;
  readonly ended: Clause;
  readonly endTold: Clause;
  readonly destroyed: Clause;
  readonly goneTold: Clause;
} = {
  order: { member: 'write', sentence: 'Writes the parts in their order, as one write where it can.' },
  taken: { member: 'write', sentence: 'True: the memory is free again.' },
  full: { member: 'write', sentence: 'False: it must not change, and nothing more be written, until `onDrain`.' },
  drained: {
    member: 'onDrain',
    sentence: 'All that the last `write` could not pass on at once has been passed on.',
  },
  started: { member: 'start', sentence: 'Called once; whatever happened before is told now.' },
  watched: {
    member: 'watch',
    sentence: '`start` tells all of it once more, to its own sink, and from then on nobody else.',
  },
  counted: {
    member: 'bytesTaken',
    sentence:
      'Bytes that the system has taken, of those ever written, as far as can be told before `onDrain` does: a large write is seen to move.',
  },
  receivedCounted: {
    member: 'bytesReceived',
    sentence: 'Bytes that the system has handed over, where they are more than those that `onData` has told of',
  },
  owned: {
    member: 'onData',
    sentence:
      'Whoever receives them may write to the memory, and owns it, unless it is lent: then it is used for other bytes as soon as the call has returned.',
  },
  paused: { member: 'pause', sentence: 'Stops reading; what is under way may still come.' },
  resumed: { member: 'resume', sentence: 'Reads on.' },
  ended: { member: 'end', sentence: 'Ends the writing side once everything written has been passed on.' },
  endTold: { member: 'onEnd', sentence: 'The peer will send nothing more.' },
  destroyed: { member: 'destroy', sentence: 'Ends everything at once; what is not passed on yet is lost.' },
  goneTold: {
    member: 'onClose',
    sentence: 'The transport is gone, with the error that ended it if one did. The last event, and always the last.',
  },
};
