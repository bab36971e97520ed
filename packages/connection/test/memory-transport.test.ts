import { createTransportPair } from '../src/memory-transport.js';
import { transportCompliance } from './support/transport-compliance.js';

transportCompliance('memory', () => {
  const [left, right] = createTransportPair();
  return { left, right };
});
