import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{d as t,e as r}from"./chunk-U7IF5BAN.mjs";import{f as e}from"./chunk-4OVDBN32.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
