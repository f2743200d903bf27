import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as t}from"./chunk-IVVRBMN5.mjs";function r(e){return Object.entries(e)}t(r,"entriesOf");function d(e){return r(e).map(([n])=>n)}t(d,"keysOf");function o(e,n){return Object.hasOwn(e,n)?e[n]:void 0}t(o,"valueAt");export{r as a,d as b,o as c};
