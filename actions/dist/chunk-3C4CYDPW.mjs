import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-RZX6GI24.mjs";import{f as e}from"./chunk-4OVDBN32.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
