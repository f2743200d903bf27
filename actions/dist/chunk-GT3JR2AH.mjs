import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as e}from"./chunk-GJ6SKNZ7.mjs";function t(n){return Object.entries(n)}e(t,"entriesOf");export{t as a};
