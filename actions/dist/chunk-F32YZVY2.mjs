import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as r}from"./chunk-IGS2G4E3.mjs";var p=/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;function a(t,e=500){let n=t.slice(0,e*4).replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g," ").replace(p,"�").trim();return n.length>e?`${n.slice(0,e-1).replace(/[\ud800-\udbff]$/,"")}…`:n}r(a,"cleanLine");function g(t,e){return a(t,e).replace(/[\\`*[\]~$|]/g,"\\$&").replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g,"\\_").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(/^[#+\-=]/,"\\$&").replace(/^(\d+)([.)])(?=\s|$)/,"$1\\$2").replace(/@/g,"@⁠").replace(/#(?=\d)/g,"#⁠").replace(/(GH-)(?=\d)/gi,"$1⁠").replace(/:(?=\/\/|[a-z0-9_+-]+:)/gi,":⁠").replace(/www\./gi,n=>`${n.slice(0,3)}⁠.`).replace(/[0-9a-f]{7,}/gi,n=>n.replace(/.{6}(?=.)/g,"$&⁠"))}r(g,"escapeMarkdown");function f(t,e){let n=a(t,e).replaceAll("|","∣").replaceAll("<!--","<⁠!--")||" ",l="`".repeat(u(n)+1),s=n.startsWith("`")||n.endsWith("`")||n===" "?" ":"";return`${l}${s}${n}${s}${l}`}r(f,"codeSpan");function u(t){return Math.max(0,...(t.match(/`+/g)??[]).map(e=>e.length))}r(u,"longestRun");function d(t){return t.replace(/[&<>"']/g,e=>`&#${e.charCodeAt(0)};`)}r(d,"escapeHtml");function $(t){return/^https?:\/\/[^\s<>()\\"'`[\]{}|^]+$/.test(t)}r($,"isPlainUrl");function h(t,e){let n=g(t);return $(e)?`[${n}](${e})`:n}r(h,"link");function m(t,e,n=[]){let l=r(c=>`| ${c.join(" | ")} |`,"line"),s=t.map((c,o)=>n[o]==="right"?"---:":"---");return[l(t),l(s),...e.map(l)].join(`
`)}r(m,"table");function x(t,e,n=!1){return`<details${n?" open":""}><summary>${t}</summary>

${e}

</details>`}r(x,"details");function E(t,e=65535){let n=t.filter(i=>i!==""),l=n.join(`

`);if(l.length<=e)return l;let s=[],c=0;for(let i of n){if(c+i.length+2>e-200)break;s.push(i),c+=i.length+2}let o=n.length-s.length;return[...s,`> [!NOTE]
> Cut here: ${o} more ${o===1?"section":"sections"} did not fit into GitHub's limit of ${e} characters.`].join(`

`)}r(E,"joinBlocks");export{a,g as b,f as c,d,$ as e,h as f,m as g,x as h,E as i};
