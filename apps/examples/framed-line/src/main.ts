#!/usr/bin/env node
import { Duplex, PassThrough } from 'node:stream';
import { FramedLine } from './framed-line.js';

// Two ends of a line in one process. With a serial port in its place (the `serialport` package gives a Duplex) the rest is the same.
const [there, back] = [new PassThrough(), new PassThrough()];
const left = Duplex.from({ writable: there, readable: back });
const right = Duplex.from({ writable: back, readable: there });

const meter = new FramedLine(right, (_type, content) => {
  const question = Buffer.from(content).toString();
  meter.send(1, Buffer.from(`${question}: 21.5 °C`));
});
const desk = new FramedLine(left, (_type, content) => {
  process.stdout.write(`${Buffer.from(content).toString()}\n`);
  left.destroy();
  right.destroy();
});
desk.send(1, Buffer.from('temperature'));
