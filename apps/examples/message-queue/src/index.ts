export { addClient, type Publish, slowListeners } from './broker.js';
export { decodeMessage, encodeMessage, QueueError, type QueueMessage, Type, wireOptions } from './protocol.js';
export { QueueClient } from './queue-client.js';
