import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as t}from"./chunk-IVVRBMN5.mjs";var r="evaluator.tar",s="features.tar",n="labels.tar",A="scan.json",e="evaluation.json",c="package.tar";var a="manifest.json",T="artifacts";function p(o){return`${o}.csv`}t(p,"csvName");export{r as a,s as b,n as c,A as d,e,c as f,a as g,T as h,p as i};
