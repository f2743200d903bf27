import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as o}from"./chunk-UXMWMTT7.mjs";import{c as r,g as t,j as i}from"./chunk-S4TXARKE.mjs";import{f as e}from"./chunk-52NS3HVH.mjs";var m=e.strictObject({scan:t,waived:e.array(i).max(r),selfReported:o.nullable()});export{m as a};
