import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{l as h,m as p}from"./chunk-4OVDBN32.mjs";import{a as o}from"./chunk-IVVRBMN5.mjs";function z(n,t=65535){return x(n,t,t)}o(z,"joinBlocks");function E(n,t=65535){let e=n.map(i=>i.filter(l=>l!=="")).filter(i=>i.length>0),r=e.map(i=>i.join(`

`)),s=t-2*r.length,c=M(r.map(i=>i.length),s);return e.map(i=>x(i,c,t)).join(`

`)}o(E,"joinSections");function M(n,t){let[e,r]=[t,t],s=[...n].sort((c,i)=>c-i);for(let[c,i]of s.entries()){if(r=Math.floor(e/(s.length-c)),i>r)return r;e-=i}return t}o(M,"fairShare");function x(n,t,e){let r=n.filter(u=>u!==""),s=r.join(`

`);if(s.length<=t)return s;let c=[],[i,l]=[t-200,0];for(let u of r){let g=u.length+2<=i?u:X(u,i-2);g===null?l+=1:c.push(g),i-=(g?.length??-2)+2}let m=`> [!NOTE]
> Cut here: ${l} more ${l===1?"section":"sections"} did not fit into GitHub's limit of ${e} characters.`;return[...c,...l>0?[m]:[]].join(`

`)}o(x,"fill");var b=/^(?:\| |(?:> )?- )/,S=/^\|(?: :?---:? \|)+$/;function X(n,t){let e=n.split(`
`),r=e.findIndex($=>S.test($)),s=r===-1?e.findIndex($=>b.test($)):r+1;if(s===-1)return null;let c=s;for(;b.test(e[c]??"");)c+=1;let[i,l,m]=[e.slice(0,s),e.slice(s,c),e.slice(c)],u=r===-1?"items":"rows",g=l[0]?.startsWith("> ")===!0?"> ":"",N=[...i,...m].join(`
`).length+80,[a,d]=[0,N];for(;a<l.length&&d+(l[a]?.length??0)+1<=t;)d+=(l[a]?.length??0)+1,a+=1;if(a===0)return null;if(a===l.length)return n;let _=[g.trim(),`${g}Cut here: ${l.length-a} more ${u} did not fit.`];return[...i,...l.slice(0,a),..._,...m].join(`
`)}o(X,"shortened");var f="⁠",A="(empty)";function I(n,t){return T(p(n,t))||A}o(I,"escapeMarkdown");function T(n){return n.replace(/[\\`*[\]~|]/g,"\\$&").replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g,"\\_").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(/^(?:[#+\-=/.!]|:(?=-))|!$/g,"\\$&").replace(/^(\d+)([.)])(?=\s|$)/,"$1\\$2").replace(/\$/g,"<span>\\$$</span>").replace(/[✅☑✔]/gu,"✓").replace(/[❌❎✖]/gu,"✗").replace(/[🟢🟡🟠🔴⚪⚫🔵]/gu,"●").replace(k,(t,e)=>e===void 0?`${t}${f}`:e.replace(/.{6}(?=.)/g,`$&${f}`))}o(T,"escapeClean");var k=/@|#(?=\d|$)|\b(?:GH|GHSA|CVE)-(?=[0-9a-z]|$)|:(?=\/\/|[a-z0-9_+\\-]+(?::|$))|www(?=\.|$)|(?<![0-9a-z])([0-9a-f]{7,})(?![0-9a-z])/gi;function B(n,t){return p(n,t).split(/(`[^`]+`)/).map((r,s)=>s%2===1?O(r.slice(1,-1)):C(r)).join("")||A}o(B,"escapeProse");function C(n){let[t=""]=/^ */.exec(n)??[],[e=""]=/(?<! ) *$/.exec(n.slice(t.length))??[];return t+T(n.trim())+e}o(C,"escapeInside");function w(n){return n.replaceAll("<!--",`<${f}!--`).replace(/(?<![\w.-])@(?=[a-z])(?![0-9a-f]{7,64}(?![\w-]))/gi,`@${f}`)}o(w,"quietCode");function O(n,t){let e=w(p(n,t)).replaceAll("|","∣")||" ",r="`".repeat(j(e)+1),s=e.startsWith("`")||e.endsWith("`")||e===" "?" ":"";return`${r}${s}${e}${s}${r}`}o(O,"codeSpan");function W(n,t=1e4){let e=n.length>t,r=(e?n.slice(0,t).replace(/[\ud800-\udbff]$/,""):n).split(/\r\n|[\n\r]/).map(c=>w(h(c.replaceAll("	","    "))).replace(/^(\s*)(?=[/!.]\w)/,`$1${f}`)).join(`
`),s="`".repeat(Math.max(3,j(r)+1));return`${s}text
${r}${e?`
…`:""}
${s}`}o(W,"codeBlock");function j(n){return(n.match(/`+/g)??[]).reduce((t,e)=>Math.max(t,e.length),0)}o(j,"longestRun");function q(n){return n.replace(/[&<>"']/g,t=>`&#${t.charCodeAt(0)};`)}o(q,"escapeHtml");function H(n){return/^https?:\/\/[A-Za-z0-9.:-]+(?:[/?#][!#$%&*+,./0-9:;=?@A-Z_a-z~-]*)?$/.test(n)}o(H,"isPlainUrl");function F(n,t){let e=I(n);return H(t)?`[${e}](${t})`:e}o(F,"link");function J(n,t,e=[]){let r=o(c=>`| ${c.join(" | ")} |`,"line"),s=n.map((c,i)=>e[i]==="right"?"---:":"---");return[r(n),r(s),...t.map(r)].join(`
`)}o(J,"table");function K(n,t,e=!1){return`<details${e?" open":""}><summary>${n}</summary>

${t}

</details>`}o(K,"details");function P(n,t){for(let e=4;e<17;e+=1){let r=y(n,e);if(t===void 0||n===t||r!==y(t,e))return r}return String(n).replace("-","−")}o(P,"formatNumber");function v(n,t){let e=P(n,t);return n>0&&e!=="0"?`+${e}`:e}o(v,"formatSigned");function y(n,t){if(Number.isInteger(n)&&Math.abs(n)<1e15)return String(n).replace("-","−");let e=Number.isFinite(Number(n.toPrecision(t)))?Number(n.toPrecision(t)):n,r=Math.abs(e);return(r>=1e9||r<1e-4?e.toExponential():String(e)).replaceAll("-","−")}o(y,"short");export{z as a,E as b,I as c,B as d,O as e,W as f,q as g,H as h,F as i,J as j,K as k,P as l,v as m};
