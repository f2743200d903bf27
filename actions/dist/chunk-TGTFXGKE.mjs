import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as r}from"./chunk-IGS2G4E3.mjs";var p=/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;function a(n,t=500){let e=n.slice(0,t*4).replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g," ").replace(p,"�").trim();return e.length>t?`${e.slice(0,t-1).replace(/[\ud800-\udbff]$/,"")}…`:e}r(a,"cleanLine");function g(n,t){return a(n,t).replace(/[\\`*[\]~$|]/g,"\\$&").replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g,"\\_").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(/^[#+\-=]/,"\\$&").replace(/^(\d+)([.)])(?=\s|$)/,"$1\\$2").replace(/@/g,"@⁠").replace(/#(?=\d)/g,"#⁠").replace(/(GH-)(?=\d)/gi,"$1⁠").replace(/:(?=\/\/|[a-z0-9_+-]+:)/gi,":⁠").replace(/www\./gi,e=>`${e.slice(0,3)}⁠.`).replace(/[0-9a-f]{7,}/gi,e=>e.replace(/.{6}(?=.)/g,"$&⁠"))}r(g,"escapeMarkdown");function h(n,t){return a(n,t).split(/(`[^`]+`)/).map((e,s)=>s%2===1?$(e.slice(1,-1)):u(e)).join("")}r(h,"escapeProse");function u(n){let[t=""]=/^ */.exec(n)??[],[e=""]=/(?<! ) *$/.exec(n.slice(t.length))??[];return t+g(n,n.length)+e}r(u,"escapeInside");function $(n,t){let e=a(n,t).replaceAll("|","∣").replaceAll("<!--","<⁠!--")||" ",s="`".repeat(f(e)+1),c=e.startsWith("`")||e.endsWith("`")||e===" "?" ":"";return`${s}${c}${e}${c}${s}`}r($,"codeSpan");function f(n){return Math.max(0,...(n.match(/`+/g)??[]).map(t=>t.length))}r(f,"longestRun");function m(n){return n.replace(/[&<>"']/g,t=>`&#${t.charCodeAt(0)};`)}r(m,"escapeHtml");function d(n){return/^https?:\/\/[^\s<>()\\"'`[\]{}|^]+$/.test(n)}r(d,"isPlainUrl");function x(n,t){let e=g(n);return d(t)?`[${e}](${t})`:e}r(x,"link");function I(n,t,e=[]){let s=r(i=>`| ${i.join(" | ")} |`,"line"),c=n.map((i,o)=>e[o]==="right"?"---:":"---");return[s(n),s(c),...t.map(s)].join(`
`)}r(I,"table");function b(n,t,e=!1){return`<details${e?" open":""}><summary>${n}</summary>

${t}

</details>`}r(b,"details");function E(n,t=65535){let e=n.filter(l=>l!==""),s=e.join(`

`);if(s.length<=t)return s;let c=[],i=0;for(let l of e){if(i+l.length+2>t-200)break;c.push(l),i+=l.length+2}let o=e.length-c.length;return[...c,`> [!NOTE]
> Cut here: ${o} more ${o===1?"section":"sections"} did not fit into GitHub's limit of ${t} characters.`].join(`

`)}r(E,"joinBlocks");export{a,g as b,h as c,$ as d,m as e,d as f,x as g,I as h,b as i,E as j};
