import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as s}from"./chunk-IVVRBMN5.mjs";function e(n,t){return n===t||n.startsWith(`${t}/`)}s(e,"isInside");function o(n){let t=n.split("/");return t.slice(1).map((r,i)=>t.slice(0,i+1).join("/"))}s(o,"foldersAbove");export{e as a,o as b};
