import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-JHN6VH7W.mjs";import{n as e}from"./chunk-UN7I2A5Y.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
