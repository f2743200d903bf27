import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-4BZWPD7S.mjs";import{n as e}from"./chunk-2MK53HCV.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
