import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-5V33675X.mjs";import{n as e}from"./chunk-IGS2G4E3.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
