import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as o}from"./chunk-TG2AETDX.mjs";import{c as r,g as t,j as i}from"./chunk-CK5CLSIQ.mjs";import{f as e}from"./chunk-4OVDBN32.mjs";var m=e.strictObject({scan:t,waived:e.array(i).max(r),selfReported:o.nullable()});export{m as a};
