import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as e}from"./chunk-IVVRBMN5.mjs";var r=class extends Error{static{e(this,"DataEngineError")}code;constructor(o,a,n){super(a,n),this.name="DataEngineError",this.code=o}};export{r as a};
