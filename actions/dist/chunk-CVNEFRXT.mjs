import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-6NDZFLFA.mjs";import{n as e}from"./chunk-GJ6SKNZ7.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
