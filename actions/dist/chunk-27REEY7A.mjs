import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
var o="result.json";export{o as a};
