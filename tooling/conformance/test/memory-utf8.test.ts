import { testInMemory } from './support.js';

testInMemory((section) => section === 'utf8');
