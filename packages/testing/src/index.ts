export type { Clause, TransportCase } from './compliance/transport-case.js';
export type {
  CaseResult,
  ComplianceOptions,
  ComplianceReport,
  CreatePair,
  RegisteredCompliance,
  RegisterTest,
} from './compliance/transport-compliance.js';
export { transportCases, transportCompliance } from './compliance/transport-compliance.js';
export { ComplianceError, type ConnectedPair, type Side, type Trial } from './compliance/trial.js';
export { type Clock, type ClockTimer, FakeClock, type FakeClockOptions, type UseClock } from './fake-clock.js';
export { globalClock } from './global-clock.js';
export { type Misbehaviour, misbehave } from './misbehaviour.js';
export { PatienceError, RecordingSink } from './recording-sink.js';
export { READ_AHEAD, type Transport, type TransportSink } from './transport.js';
export { createTransportPair, type TransportPairOptions } from './transport-pair.js';
export { turns } from './turns.js';
