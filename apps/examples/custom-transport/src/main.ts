#!/usr/bin/env node
import { PassThrough } from 'node:stream';
import { MessageType } from '@webson/connection';
import { connectOver } from './connect.js';
import { PipeTransport } from './pipe-transport.js';

// Both ends in one process, joined by two pipes.
const [there, back] = [new PassThrough(), new PassThrough()];
const server = connectOver(new PipeTransport(there, back), false);
const client = connectOver(new PipeTransport(back, there), true);

server.onMessage(MessageType.Text, (message, adapter) => {
  adapter.dispatch(MessageType.Text, `you said: ${message.text()}`);
});
client.onReady((adapter) => adapter.dispatch(MessageType.Text, 'hello'));
client.onMessage(MessageType.Text, (message, adapter) => {
  process.stdout.write(`${message.text()}\n`);
  adapter.close();
});
const [{ code }] = await Promise.all([client.start(), server.start()]);
process.stdout.write(`closed with ${code}\n`);
