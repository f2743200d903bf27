import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as M,c as Z,d as S}from"./chunk-WHSL7R5G.mjs";import{a as O}from"./chunk-VK7QH274.mjs";import{a as P,b as D,c as R,e as N,f as B,h as Q,i as U}from"./chunk-47DUL4P7.mjs";import{b as X}from"./chunk-55TWKVEH.mjs";import{a as G}from"./chunk-GNOKE7AW.mjs";import"./chunk-3ZUQ35HF.mjs";import"./chunk-QDMLV5EN.mjs";import{a as W}from"./chunk-EGX2OZ3R.mjs";import"./chunk-XHX3YWKB.mjs";import{a as T}from"./chunk-5E2GCOK3.mjs";import{z as V}from"./chunk-3ADA5ISE.mjs";import"./chunk-TFNDGOES.mjs";import"./chunk-HCSWUDVE.mjs";import"./chunk-RRSYK4PM.mjs";import"./chunk-ZUYWIFS6.mjs";import"./chunk-KUHJQB6O.mjs";import{f,g as I,h as L,l as w,m as x,s as z,u as K,z as h}from"./chunk-M6JBBRGL.mjs";import{a as i}from"./chunk-IVVRBMN5.mjs";import{randomBytes as Gt}from"node:crypto";import{writeFile as Wt}from"node:fs/promises";import{join as ht}from"node:path";import{randomBytes as It}from"node:crypto";import{mkdir as Lt,readlink as Tt,rm as Pt,writeFile as Dt}from"node:fs/promises";import{connect as Rt,createServer as Nt}from"node:net";import{join as Bt}from"node:path";import{constants as F}from"node:fs";import{mkdir as nt,mkdtemp as j,open as Ot,rm as St}from"node:fs/promises";import{join as E}from"node:path";var q=String.raw`
set -eu
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 mode=$2 uid=$3 seconds=$4 output=$5 largest=$6
shift 6
umask 022

place() { # source options: the same path inside, read-only; nosuid and nodev are required where the source has them
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")"; : >"$root$1"; fi
  mount --bind "$1" "$root$1"
  mount -o "remount,bind,ro,nosuid,nodev$2" "$root$1"
}

mount -t tmpfs -o size=16m,mode=0755,nosuid,nodev tmpfs "$root"
for dir in /usr /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$dir" ]; then cp -P "$dir" "$root$dir"; elif [ -d "$dir" ]; then place "$dir" ""; fi
done
mkdir -p "$root/etc" "$root/dev/shm" "$root/proc" "$root/tmp" "$root/trainyard-output" "$root/old"
for file in ld.so.cache localtime; do
  if [ -e "/etc/$file" ]; then cp -L "/etc/$file" "$root/etc/$file"; fi
done
if [ -d /etc/alternatives ]; then cp -RP /etc/alternatives "$root/etc/"; fi
echo "sandbox:x:$uid:$uid::/tmp:/bin/sh" >"$root/etc/passwd"
echo "sandbox:x:$uid:" >"$root/etc/group"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec tmpfs "$root/dev/shm"
mount -t tmpfs -o size=256m,mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
mount -t tmpfs -o size=512m,mode=0777,nosuid,nodev,noexec tmpfs "$root/trainyard-output"
mount -t proc -o nosuid,nodev,noexec,hidepid=2 proc "$root/proc"
if [ -d /sys/devices/system/cpu ]; then # how many cores there are: numerical libraries ask
  mkdir -p "$root/sys/devices/system/cpu"
  mount --bind /sys/devices/system/cpu "$root/sys/devices/system/cpu" 2>/dev/null &&
    mount -o remount,bind,ro,nosuid,nodev,noexec "$root/sys/devices/system/cpu"
fi
while [ "$1" != -- ]; do
  case $1 in
    code) place "$2" "" ;;
    data) place "$2" ",noexec" ;;
    *) echo "sandbox: unknown kind $1" >&2; exit 1 ;;
  esac
  shift 2
done
shift

cd "$root"
pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,bind,ro,nosuid,nodev /

identity="--securebits=+noroot,+noroot_locked"
if [ "$mode" = switch ]; then identity="--reuid=$uid --regid=$uid --clear-groups"; fi
exec 3<&0 </dev/null
set +e
# shellcheck disable=SC2086 # two or three words on purpose
timeout --signal=KILL "$seconds" \
  prlimit --core=0 --nofile=1024 --nproc=512 --fsize=536870912 -- \
  setpriv $identity --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- \
  "$@" 1>&2 3<&- &
child=$!
(cat <&3 >/dev/null; kill -KILL -1) >/dev/null 2>&1 &
wait "$child"
status=$?
exec 3<&-
tries=0
while ! mount -o remount,ro,nosuid,nodev,noexec tmpfs /trainyard-output 2>/dev/null; do
  # Fails while anyone may still write there: what is read below can no longer change.
  kill -KILL -1 2>/dev/null
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ]; then exit 1; fi
  sleep 0.05
done
kill -KILL -1 2>/dev/null
if [ "$output" != - ] && [ ! -L "/trainyard-output/$output" ] && [ -f "/trainyard-output/$output" ]; then
  echo "status $status file"
  head -c "$largest" "/trainyard-output/$output"
else
  echo "status $status none"
fi
exit 0
`;var k=["unshare","--net","--pid","--mount","--ipc","--uts","--fork","--kill-child=KILL"],tt=61e3,xt=1e3;function et(t){return t===0?[{name:"root",mode:"switch",uid:tt,prefix:[...k]}]:[{name:"subordinate-ids",mode:"switch",uid:xt,prefix:[...k,"--user","--map-root-user","--map-auto"]},{name:"sudo",mode:"switch",uid:tt,prefix:["sudo","-n","--",...k]},{name:"user-namespace",mode:"keep",uid:0,prefix:[...k,"--user","--map-root-user"]}]}i(et,"launchers");function ot(t,e){let o=Object.entries(e.environment).map(([n,r])=>`${n}=${r}`);return[...t.prefix,"--","/bin/sh","-c",q,"sandbox",e.root,t.mode,String(t.uid),String(Math.ceil(e.seconds)),e.output?.name??"-",String((e.output?.maxBytes??0)+1),...e.mounts.flatMap(n=>[n.kind,n.path]),"--","env","-i",`--chdir=${e.cwd}`,...o,"bash","-e","-o","pipefail","-c",e.command]}i(ot,"argumentsOf");var kt=["/usr/local/bin","/usr/bin","/bin"],Et="/trainyard-output",_t=30;async function J(t,e,o){await nt(e,{recursive:!0});let n=await j(E(e,"root-")),r=[],a=0,s=(o.output?.maxBytes??0)+64,u=[],d=await M(ot(t,{root:n,cwd:o.cwd,command:o.command,environment:at(o,Et,"/tmp"),mounts:o.mounts,seconds:o.timeoutSeconds,output:o.output}),{cwd:"/",environment:{PATH:"/usr/sbin:/usr/bin:/sbin:/bin",LC_ALL:"C"},timeoutSeconds:o.timeoutSeconds+_t,lifeline:"own",...o.cancel===void 0?{}:{cancel:o.cancel},onStdout:i(m=>{a<s&&r.push(m),a+=m.length},"onStdout"),onOutput:i(m=>(u.length<16&&u.push(m),o.onLog?.(m)),"onOutput")});await St(n,{recursive:!0,force:!0});let c=Ct(Buffer.concat(r));if(d.exitCode!==0||c===null){let m=Buffer.concat(u).toString("utf8").trim().slice(0,500),v=d.error??(d.timedOut?"timed out":`exit ${d.exitCode??d.signal}`);return{kind:"unavailable",message:`${t.name}: ${v}${m===""?"":`: ${m}`}`}}let p=o.output!==null&&c.output.length>o.output.maxBytes;return{kind:"ended",status:c.status,timedOut:(c.status===137||c.status===124)&&d.seconds>=o.timeoutSeconds,seconds:d.seconds,output:o.output===null||p||!c.hasOutput?null:c.output,tooLarge:p}}i(J,"runConfined");async function rt(t,e){await nt(t,{recursive:!0});let o=await j(E(t,"home-")),n=await j(E(t,"output-")),r=await M(["bash","-e","-o","pipefail","-c",e.command],{cwd:e.cwd,environment:at(e,n,o),timeoutSeconds:e.timeoutSeconds,lifeline:"group",...e.cancel===void 0?{}:{cancel:e.cancel},...e.onLog===void 0?{}:{onOutput:e.onLog}});if(r.error!==null)return{kind:"unavailable",message:`bash could not be started: ${r.error}`};let a=e.output===null?null:await At(E(n,e.output.name),e.output.maxBytes);return{kind:"ended",status:r.exitCode??128,timedOut:r.timedOut,seconds:r.seconds,output:a==="too_large"?null:a,tooLarge:a==="too_large"}}i(rt,"runUnconfined");function at(t,e,o){return{PYTHONDONTWRITEBYTECODE:"1",...t.environment,PATH:[...t.path,...kt].join(":"),HOME:o,TMPDIR:o,LANG:"C.UTF-8",TRAINYARD_OUTPUT:e}}i(at,"environmentOf");function Ct(t){let e=t.indexOf(10);if(e<0||e>64)return null;let o=/^status (\d{1,3}) (file|none)$/.exec(t.subarray(0,e).toString("latin1"));return o?.[1]===void 0?null:{status:Number(o[1]),output:t.subarray(e+1),hasOutput:o[2]==="file"}}i(Ct,"readResult");async function At(t,e){try{let o=await Ot(t,F.O_RDONLY|F.O_NOFOLLOW|F.O_NONBLOCK);try{let n=await o.stat();return n.isFile()?n.size>e?"too_large":await o.readFile():null}finally{await o.close()}}catch{return null}}i(At,"readRegularFile");async function it(t,e,o){if(t==="none")return{kind:"none",description:"none: policy allows the model to run with the network and as the runner’s user",run:i(r=>rt(e,r),"run")};let n=[];for(let r of et(o)){let a=await Ft(r,e);if(a===null)return{kind:"namespaces",description:`namespaces by ${r.name}, ${r.mode==="switch"?`uid ${r.uid}`:"same uid, no privileges"}`,run:i(s=>J(r,e,s),"run")};n.push(a)}return{kind:"unavailable",message:`no sandbox can be had on this runner: ${n.join("; ")}`}}i(it,"openSandbox");var Ut=`
for target in "$LOOPBACK" 192.0.2.1/443; do
  if said=$(timeout 3 bash -c "exec 3<>/dev/tcp/$target" 2>&1); then echo "connected $target"
  else case $said in *"Network is unreachable"*) echo "unreachable" ;; *) echo "other $target $said" ;; esac; fi
done
if [ -e "$HIDDEN" ]; then echo "visible"; else echo "hidden"; fi
if (: >/etc/canary) 2>/dev/null || (: >/usr/canary) 2>/dev/null; then echo "writable"; else echo "read-only"; fi
while read -r name value _; do
  case $name in Uid:) if [ "$value" != "$OUTSIDE_UID" ]; then echo "another uid"; else echo "same uid"; fi ;;
  CapPrm:|CapEff:|CapBnd:|NoNewPrivs:) echo "$name $value" ;; esac
done </proc/self/status
for kind in ipc mnt net pid uts; do
  if [ "$(readlink "/proc/self/ns/$kind")" = "$(printenv "OUTSIDE_$kind")" ]; then echo "shared $kind"; fi
done
`,Y="0000000000000000",Mt=["unreachable","unreachable","hidden","read-only","another uid",`CapPrm: ${Y}`,`CapEff: ${Y}`,`CapBnd: ${Y}`,"NoNewPrivs: 1",""].join(`
`);async function Ft(t,e){await Lt(e,{recursive:!0});let o=Bt(e,`canary-${It(8).toString("hex")}`);await Dt(o,"visible");let n=0,r=Nt(a=>{n+=1,a.destroy()});try{let a=await Jt(r),s=await J(t,e,{command:`{ ${Ut} } >"$TRAINYARD_OUTPUT/song"`,cwd:"/",environment:{LC_ALL:"C",LOOPBACK:`127.0.0.1/${a}`,HIDDEN:o,OUTSIDE_UID:String(process.geteuid?.()??-1),...await jt()},path:[],mounts:[],timeoutSeconds:20,output:{name:"song",maxBytes:4096}});if(s.kind==="unavailable")return s.message;let u=s.output?.toString("utf8")??"";return s.status!==0||u!==Mt?`${t.name}: the canary sang otherwise than expected (exit ${s.status}): ${u.trim().replaceAll(`
`,", ")}`:n!==0?`${t.name}: the canary reached the host’s loopback`:(await Yt(a),null)}finally{r.close(),await Pt(o,{force:!0})}}i(Ft,"sing");async function jt(){let t=["ipc","mnt","net","pid","uts"],e=await Promise.all(t.map(o=>Tt(`/proc/self/ns/${o}`).catch(()=>"")));return Object.fromEntries(t.map((o,n)=>[`OUTSIDE_${o}`,e[n]??""]))}i(jt,"ownNamespaces");function Jt(t){return new Promise((e,o)=>{t.once("error",o),t.listen(0,"127.0.0.1",()=>{let n=t.address();n===null||typeof n=="string"?o(new Error("no TCP address")):e(n.port)})})}i(Jt,"listen");function Yt(t){return new Promise((e,o)=>{let n=Rt(t,"127.0.0.1",()=>{n.destroy(),e()});n.once("error",o)})}i(Yt,"reach");import{createHash as Ht}from"node:crypto";import{createReadStream as zt}from"node:fs";import{mkdir as dt}from"node:fs/promises";import{join as l}from"node:path";async function ut(t,e,o){let n=await e.directory("package"),r={id:t.packageId,digest:t.packageDigest};await o.download(r,n,{[B]:{maxBytes:5368709120}});let a=l(n,B),s=Ht("sha256");for await(let c of zt(a,{highWaterMark:1<<20}))s.update(c);let u=s.digest("hex");if(u!==t.packageSha256)throw new I("digest_mismatch",`expected the package ${t.packageSha256}, found ${u}`);let d=await e.directory("model");return await O(a,d,{maxBytes:5368709120}),l(d,Q)}i(ut,"takeModel");async function ct(t,e,o){let n=await e.directory("evaluator"),r={id:t.evaluatorId,digest:t.evaluatorDigest},a={maxBytes:1073741824};await o.download(r,n,{[P]:a,[D]:a});let s=l(n,"tree");return await dt(s),await O(l(n,P),s,a),{directory:s,features:await lt(t,l(n,D),l(n,"features"))}}i(ct,"takeEvaluator");async function mt(t,e,o){let n=await e.directory("labels"),r={id:t.labelsId,digest:t.labelsDigest};return await o.download(r,n,{[R]:{maxBytes:1073741824}}),lt(t,l(n,R),l(n,"files"))}i(mt,"takeLabels");async function lt(t,e,o){await dt(o);let n=await O(e,o,{maxBytes:1073741824}),r=T(t.order.data).map(([a])=>U(a));if([...n].sort().join()!==[...r].sort().join())throw new I("artifact_invalid",`expected ${r.join(", ")}, found ${n.join(", ")}`);return new Map(T(t.order.data).map(([a])=>[a,l(o,U(a))]))}i(lt,"extractDatasets");import{writeFile as Xt}from"node:fs/promises";import{join as Vt}from"node:path";function y(t,e){return{status:"not_evaluated",reason:t,message:e.slice(0,4e3)}}i(y,"notEvaluated");import{randomBytes as Kt}from"node:crypto";async function _(t,e){let o=new S(t.job.log.raw,Kt(24).toString("hex")),n=[t.evaluator,...t.python.directories].map(a=>({kind:"code",path:a}));return o.begin(),{outcome:await t.sandbox.run({command:e.command,cwd:t.evaluator,environment:{...t.python.variables,...e.environment},path:[t.python.bin],mounts:[...n,...e.data.map(a=>({kind:"data",path:a}))],timeoutSeconds:t.order.timeout,output:e.output,onLog:i(a=>o.take(a),"onLog"),cancel:t.job.cancel}).finally(()=>o.end()),tail:o.tail().trim().split(`
`).slice(-15).join(`
`).slice(-2e3)}}i(_,"runOnStage");function C(t){return Object.fromEntries([...t].map(([e,o])=>[`TRAINYARD_DATA_${e.toUpperCase()}`,o]))}i(C,"dataVariables");var b="predictions.csv",pt=256*2**20;async function ft(t,e,o){let{outcome:n,tail:r}=await _(t,{command:t.order.predict,environment:{TRAINYARD_MODEL:e,...C(o)},data:[e,...o.values()],output:{name:b,maxBytes:pt}});return n.kind==="unavailable"?$("sandbox_unavailable",n.message):n.timedOut?$("predict_timed_out",`predict did not end within the timeout of ${t.order.timeout} s`):n.status!==0?$("predict_failed",`predict exited with ${n.status}:
${r}`):n.tooLarge?$("predict_failed",`${b} is over ${pt} bytes`):n.output===null?$("predict_failed",`predict exited with 0 and left no ${b} in TRAINYARD_OUTPUT`):{kind:"predicted",predictions:n.output,seconds:n.seconds}}i(ft,"predict");function $(t,e){return{kind:"refused",outcome:y(t,e)}}i($,"refuse");var A="metrics.json",yt=1<<20;async function gt(t,e,o){let n=Vt(await t.job.directory("predictions"),b);await Xt(n,e);let{outcome:r,tail:a}=await _(t,{command:t.order.run,environment:{TRAINYARD_PREDICTIONS:n,...C(o)},data:[n,...o.values()],output:{name:A,maxBytes:yt}});if(r.kind==="unavailable")return g("sandbox_unavailable",r.message);if(r.timedOut)return g("evaluate_failed",`the evaluator did not end within the timeout of ${t.order.timeout} s`);if(r.status!==0)return g("evaluate_failed",`the evaluator exited with ${r.status}:
${a}`);if(r.tooLarge)return g("metrics_invalid",`${A} is over ${yt} bytes`);if(r.output===null)return g("metrics_missing",`the evaluator left no ${A} in TRAINYARD_OUTPUT`);let s=G(r.output);return s.ok?Object.keys(s.metrics).length===0?g("metrics_missing",s.leftOut??`${A} holds no metric`):(s.leftOut!==null&&t.job.log.warning(`${s.leftOut}; a gate that needs one fails`),{kind:"measured",metrics:s.metrics}):g("metrics_invalid",s.message)}i(gt,"measure");function g(t,e){return{kind:"refused",outcome:y(t,e)}}i(g,"refuse");var Qt=1800;async function vt(t,e,o){let n=X.parse(await Zt(t,e,o));n.status==="not_evaluated"&&e.log.error(`not evaluated (${n.reason}): ${n.message}`);let r=await e.directory("evaluation");await Wt(ht(r,N),JSON.stringify(n));let{id:a,digest:s}=await o.upload("judge-evaluation",r,[N]);return{status:n.status,evaluationId:String(a),evaluationDigest:s}}i(vt,"evaluate");async function Zt(t,e,o){let{order:n}=t,r=await ut(t,e,o),a=await ct(t,e,o),s=new S(e.log.raw,Gt(24).toString("hex"));s.begin();let u=await Z({lock:n.setup===null?null:{file:ht(a.directory,n.setup),path:n.setup},directory:await e.directory("python"),purpose:"evaluation",environment:e.environment,timeoutSeconds:Qt,cancel:e.cancel,onLog:i(wt=>s.take(wt),"onLog")}).finally(()=>s.end());if(!u.ok)return y("setup_failed",u.message);let d=await it(n.sandbox,await e.directory("sandbox"),process.geteuid?.()??-1);if(d.kind==="unavailable")return y("sandbox_unavailable",d.message);e.log.info(`sandbox: ${d.description}`);let c={job:e,order:n,sandbox:d,python:u.environment,evaluator:a.directory},p=await ft(c,r,a.features);if(p.kind==="refused")return p.outcome;let m=await mt(t,e,o),v=await gt(c,p.predictions,m);return v.kind==="refused"?v.outcome:{status:"evaluated",metrics:v.metrics,sandbox:d.kind,holdout:t.holdout,seconds:p.seconds}}i(Zt,"outcomeOf");var $t=f.strictObject({order:L(V),packageId:w,packageDigest:x.pipe(h),packageSha256:h,evaluatorId:w,evaluatorDigest:x.pipe(h),labelsId:w,labelsDigest:x.pipe(h),holdout:L(f.record(K,h))}),bt=f.strictObject({status:f.enum(["evaluated","not_evaluated"]),evaluationId:f.string(),evaluationDigest:f.string()});z($t,bt,(t,e)=>vt(t,e,W()));
