import { type MessagePort, workerData } from 'node:worker_threads';
import { answer } from './answer.js';
import { connectOver } from './connect.js';
import { PipeTransport } from './pipe-transport.js';
import { PortDuplex } from './port-duplex.js';

const duplex = new PortDuplex(workerData as MessagePort);
await answer(connectOver(new PipeTransport(duplex, duplex), false));
