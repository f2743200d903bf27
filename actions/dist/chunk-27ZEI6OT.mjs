import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
var t="trainyard-inputs",n="inputs.tar";export{t as a,n as b};
