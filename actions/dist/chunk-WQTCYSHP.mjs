import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{e as r}from"./chunk-72NVPWSU.mjs";import{d as i}from"./chunk-7QRWYI4U.mjs";import{a as t}from"./chunk-IVVRBMN5.mjs";function g(n){let o=i(n);return o===null?r(n,64):`[${r(n)}](${o})`}t(g,"ruleLink");export{g as a};
