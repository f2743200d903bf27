import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a}from"./chunk-IVVRBMN5.mjs";function f(r,t){for(let e of["failure","warning"])for(let{path:i,line:l,title:s,message:n}of r.filter(o=>o.level===e).slice(0,10)){let o={file:i,line:l,title:s};e==="failure"?t.error(n,o):t.warning(n,o)}}a(f,"annotate");export{f as a};
