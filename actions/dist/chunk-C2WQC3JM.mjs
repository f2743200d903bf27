import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as n}from"./chunk-IVVRBMN5.mjs";function r(t){return JSON.stringify(t.length>60?`${t.slice(0,59)}…`:t)}n(r,"quote");export{r as a};
