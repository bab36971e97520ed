import { testOnSockets } from './support.js';

testOnSockets();
