import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-TRNEZLPJ.mjs";import{i as e}from"./chunk-6HIQ7YZI.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
