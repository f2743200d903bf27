import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-ANQWT4JO.mjs";import{k as e}from"./chunk-ORINCVEM.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
