import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{b as t,c as r}from"./chunk-LPLKQMLX.mjs";import{k as e}from"./chunk-WUSQITYI.mjs";var p=e.strictObject({scan:t,selfReported:r.nullable()});export{p as a};
