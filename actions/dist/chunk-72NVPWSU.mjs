import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{o as m,p}from"./chunk-M6JBBRGL.mjs";import{a as i}from"./chunk-IVVRBMN5.mjs";function z(n,e=65535){return b(n,e,e)}i(z,"joinBlocks");function E(n,e=65535){let t=n.map(s=>s.filter(l=>l!=="")).filter(s=>s.length>0),r=t.map(s=>s.join(`

`)),o=e-2*r.length,c=M(r.map(s=>s.length),o);return t.map(s=>b(s,c,e)).join(`

`)}i(E,"joinSections");function M(n,e){let[t,r]=[e,e],o=[...n].sort((c,s)=>c-s);for(let[c,s]of o.entries()){if(r=Math.floor(t/(o.length-c)),s>r)return r;t-=s}return e}i(M,"fairShare");function b(n,e,t){let r=n.filter(g=>g!==""),o=r.join(`

`);if(o.length<=e)return o;let c=[],[s,l]=[e-200,0];for(let g of r){let u=g.length+2<=s?g:N(g,s-2);u===null?l+=1:c.push(u),s-=(u?.length??-2)+2}let $=`> [!NOTE]
> Cut here: ${l} more ${l===1?"section":"sections"} did not fit into GitHub's limit of ${t} characters.`;return[...c,...l>0?[$]:[]].join(`

`)}i(b,"fill");var x=/^(?:\| |(?:> )?- )/,X=/^\|(?: :?---:? \|)+$/;function N(n,e){let t=n.split(`
`),r=t.findIndex(d=>X.test(d)),o=r===-1?t.findIndex(d=>x.test(d)):r+1;if(o===-1)return null;let c=o;for(;x.test(t[c]??"");)c+=1;let[s,l,$]=[t.slice(0,o),t.slice(o,c),t.slice(c)],g=r===-1?"items":"rows",u=l[0]?.startsWith("> ")===!0?"> ":"",y=[...s,...$].join(`
`).length+80,[a,h]=[0,y];for(;a<l.length&&h+(l[a]?.length??0)+1<=e;)h+=(l[a]?.length??0)+1,a+=1;if(a===0)return null;if(a===l.length)return n;let _=[u.trim(),`${u}Cut here: ${l.length-a} more ${g} did not fit.`];return[...s,...l.slice(0,a),..._,...$].join(`
`)}i(N,"shortened");var f="⁠",A="(empty)";function k(n,e){return T(p(n,e))||A}i(k,"escapeMarkdown");function T(n){return n.replace(/[\\`*[\]~|]/g,"\\$&").replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g,"\\_").replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(/^(?:[#+\-=/.!]|:(?=-))|!$/g,"\\$&").replace(/^(\d+)([.)])(?=\s|$)/,"$1\\$2").replace(/\$/g,"<span>\\$$</span>").replace(/[✅☑✔]/gu,"✓").replace(/[❌❎✖]/gu,"✗").replace(/[🟢🟡🟠🔴⚪⚫🔵]/gu,"●").replace(C,(e,t)=>t===void 0?`${e}${f}`:t.replace(/.{6}(?=.)/g,`$&${f}`))}i(T,"escapeClean");var C=/@|#(?=\d|$)|\b(?:GH|GHSA|CVE)-(?=[0-9a-z]|$)|:(?=\/\/|[a-z0-9_+\\-]+(?::|$))|www(?=\.|$)|(?<![0-9a-z])([0-9a-f]{7,})(?![0-9a-z])/gi;function Z(n,e){return p(n,e).split(/(`[^`]+`)/).map((r,o)=>o%2===1?O(r.slice(1,-1)):I(r)).join("")||A}i(Z,"escapeProse");function I(n){let[e=""]=/^ */.exec(n)??[],[t=""]=/(?<! ) *$/.exec(n.slice(e.length))??[];return e+T(n.trim())+t}i(I,"escapeInside");function w(n){return n.replaceAll("<!--",`<${f}!--`).replace(/(?<![\w.-])@(?=[a-z])(?![0-9a-f]{7,64}(?![\w-]))/gi,`@${f}`)}i(w,"quietCode");function O(n,e){let t=w(p(n,e)).replaceAll("|","∣")||" ",r="`".repeat(j(t)+1),o=t.startsWith("`")||t.endsWith("`")||t===" "?" ":"";return`${r}${o}${t}${o}${r}`}i(O,"codeSpan");function B(n,e=1e4){let t=n.length>e,r=(t?n.slice(0,e).replace(/[\ud800-\udbff]$/,""):n).split(/\r\n|[\n\r]/).map(c=>w(m(c.replaceAll("	","    "))).replace(/^(\s*)(?=[/!.]\w)/,`$1${f}`)).join(`
`),o="`".repeat(Math.max(3,j(r)+1));return`${o}text
${r}${t?`
…`:""}
${o}`}i(B,"codeBlock");function j(n){return(n.match(/`+/g)??[]).reduce((e,t)=>Math.max(e,t.length),0)}i(j,"longestRun");function P(n){return n.replace(/[&<>"']/g,e=>`&#${e.charCodeAt(0)};`)}i(P,"escapeHtml");function S(n){return/^https?:\/\/[A-Za-z0-9.:-]+(?:[/?#][!#$%&*+,./0-9:;=?@A-Z_a-z~-]*)?$/.test(n)}i(S,"isPlainUrl");function W(n,e){let t=k(n);return S(e)?`[${t}](${e})`:t}i(W,"link");function q(n,e,t=[]){let r=i(c=>`| ${c.join(" | ")} |`,"line"),o=n.map((c,s)=>t[s]==="right"?"---:":"---");return[r(n),r(o),...e.map(r)].join(`
`)}i(q,"table");function J(n,e,t=!1){return`<details${t?" open":""}><summary>${n}</summary>

${e}

</details>`}i(J,"details");export{z as a,E as b,k as c,Z as d,O as e,B as f,P as g,S as h,W as i,q as j,J as k};
