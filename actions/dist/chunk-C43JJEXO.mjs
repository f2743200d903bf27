import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as e}from"./chunk-IVVRBMN5.mjs";function n(t){return JSON.stringify(t.length>60?`${t.slice(0,59)}…`:t)}e(n,"quote");export{n as a};
