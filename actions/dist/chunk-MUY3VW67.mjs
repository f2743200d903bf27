import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as o}from"./chunk-55TWKVEH.mjs";import{c as r,g as t,j as i}from"./chunk-QDMLV5EN.mjs";import{f as e}from"./chunk-M6JBBRGL.mjs";var m=e.strictObject({scan:t,waived:e.array(i).max(r),selfReported:o.nullable()});export{m as a};
