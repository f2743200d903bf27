import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import{a as B,b as W,c as Q}from"./chunk-7Z4G632E.mjs";import{a as x}from"./chunk-64P4QEXC.mjs";import{a as L,b as T,c as P,e as D,f as R,h as G,i as N}from"./chunk-LXPSI5TF.mjs";import{a as V}from"./chunk-LZYJUNG5.mjs";import"./chunk-K7T2LORF.mjs";import{a as X}from"./chunk-E2PAZ44S.mjs";import{d as z}from"./chunk-5V33675X.mjs";import{a as I}from"./chunk-QQHY7Y2E.mjs";import{h as K}from"./chunk-4LTOOOQK.mjs";import"./chunk-DI7YGOFT.mjs";import{D as g,a as i,n as p,o as A,p as C,q as b,r as w,t as Y,y as H}from"./chunk-IGS2G4E3.mjs";import{writeFile as Vt}from"node:fs/promises";import{join as gt}from"node:path";import{randomBytes as Ct}from"node:crypto";import{mkdir as It,readlink as Lt,rm as Tt,writeFile as Pt}from"node:fs/promises";import{connect as Dt,createServer as Rt}from"node:net";import{join as Nt}from"node:path";import{constants as U}from"node:fs";import{mkdir as ot,mkdtemp as M,open as xt,rm as Ot}from"node:fs/promises";import{join as S}from"node:path";var Z=String.raw`
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
`;var O=["unshare","--net","--pid","--mount","--ipc","--uts","--fork","--kill-child=KILL"],q=61e3,wt=1e3;function tt(e){return e===0?[{name:"root",mode:"switch",uid:q,prefix:[...O]}]:[{name:"subordinate-ids",mode:"switch",uid:wt,prefix:[...O,"--user","--map-root-user","--map-auto"]},{name:"sudo",mode:"switch",uid:q,prefix:["sudo","-n","--",...O]},{name:"user-namespace",mode:"keep",uid:0,prefix:[...O,"--user","--map-root-user"]}]}i(tt,"launchers");function et(e,t){let o=Object.entries(t.environment).map(([n,r])=>`${n}=${r}`);return[...e.prefix,"--","/bin/sh","-c",Z,"sandbox",t.root,e.mode,String(e.uid),String(Math.ceil(t.seconds)),t.output?.name??"-",String((t.output?.maxBytes??0)+1),...t.mounts.flatMap(n=>[n.kind,n.path]),"--","env","-i",`--chdir=${t.cwd}`,...o,"bash","-e","-o","pipefail","-c",t.command]}i(et,"argumentsOf");var St=["/usr/local/bin","/usr/bin","/bin"],kt="/trainyard-output",Et=30;async function F(e,t,o){await ot(t,{recursive:!0});let n=await M(S(t,"root-")),r=[],a=0,s=(o.output?.maxBytes??0)+64,d=[],c=await B(et(e,{root:n,cwd:o.cwd,command:o.command,environment:rt(o,kt,"/tmp"),mounts:o.mounts,seconds:o.timeoutSeconds,output:o.output}),{cwd:"/",environment:{PATH:"/usr/sbin:/usr/bin:/sbin:/bin",LC_ALL:"C"},timeoutSeconds:o.timeoutSeconds+Et,lifeline:"own",...o.cancel===void 0?{}:{cancel:o.cancel},onStdout:i(m=>{a<s&&r.push(m),a+=m.length},"onStdout"),onOutput:i(m=>{d.length<16&&d.push(m),o.onLog?.(m)},"onOutput")});await Ot(n,{recursive:!0,force:!0});let u=_t(Buffer.concat(r));if(c.exitCode!==0||u===null){let m=Buffer.concat(d).toString("utf8").trim().slice(0,500),bt=c.error??(c.timedOut?"timed out":`exit ${c.exitCode??c.signal}`);return{kind:"unavailable",message:`${e.name}: ${bt}${m===""?"":`: ${m}`}`}}let $=o.output!==null&&u.output.length>o.output.maxBytes;return{kind:"ended",status:u.status,timedOut:(u.status===137||u.status===124)&&c.seconds>=o.timeoutSeconds,seconds:c.seconds,output:o.output===null||$||!u.hasOutput?null:u.output,tooLarge:$}}i(F,"runConfined");async function nt(e,t){await ot(e,{recursive:!0});let o=await M(S(e,"home-")),n=await M(S(e,"output-")),r=await B(["bash","-e","-o","pipefail","-c",t.command],{cwd:t.cwd,environment:rt(t,n,o),timeoutSeconds:t.timeoutSeconds,lifeline:"group",...t.cancel===void 0?{}:{cancel:t.cancel},...t.onLog===void 0?{}:{onOutput:t.onLog}});if(r.error!==null)return{kind:"unavailable",message:`bash could not be started: ${r.error}`};let a=t.output===null?null:await At(S(n,t.output.name),t.output.maxBytes);return{kind:"ended",status:r.exitCode??128,timedOut:r.timedOut,seconds:r.seconds,output:a==="too_large"?null:a,tooLarge:a==="too_large"}}i(nt,"runUnconfined");function rt(e,t,o){return{PYTHONDONTWRITEBYTECODE:"1",...e.environment,PATH:[...e.path,...St].join(":"),HOME:o,TMPDIR:o,LANG:"C.UTF-8",TRAINYARD_OUTPUT:t}}i(rt,"environmentOf");function _t(e){let t=e.indexOf(10);if(t<0||t>64)return null;let o=/^status (\d{1,3}) (file|none)$/.exec(e.subarray(0,t).toString("latin1"));return o?.[1]===void 0?null:{status:Number(o[1]),output:e.subarray(t+1),hasOutput:o[2]==="file"}}i(_t,"readResult");async function At(e,t){try{let o=await xt(e,U.O_RDONLY|U.O_NOFOLLOW|U.O_NONBLOCK);try{let n=await o.stat();return n.isFile()?n.size>t?"too_large":await o.readFile():null}finally{await o.close()}}catch{return null}}i(At,"readRegularFile");async function at(e,t,o){if(e==="none")return{kind:"none",description:"none: policy allows the model to run with the network and as the runner’s user",run:i(r=>nt(t,r),"run")};let n=[];for(let r of tt(o)){let a=await Mt(r,t);if(a===null)return{kind:"namespaces",description:`namespaces by ${r.name}, ${r.mode==="switch"?`uid ${r.uid}`:"same uid, no privileges"}`,run:i(s=>F(r,t,s),"run")};n.push(a)}return{kind:"unavailable",message:`no sandbox can be had on this runner: ${n.join("; ")}`}}i(at,"openSandbox");var Bt=`
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
`,j="0000000000000000",Ut=["unreachable","unreachable","hidden","read-only","another uid",`CapPrm: ${j}`,`CapEff: ${j}`,`CapBnd: ${j}`,"NoNewPrivs: 1",""].join(`
`);async function Mt(e,t){await It(t,{recursive:!0});let o=Nt(t,`canary-${Ct(8).toString("hex")}`);await Pt(o,"visible");let n=0,r=Rt(a=>{n+=1,a.destroy()});try{let a=await jt(r),s=await F(e,t,{command:`{ ${Bt} } >"$TRAINYARD_OUTPUT/song"`,cwd:"/",environment:{LC_ALL:"C",LOOPBACK:`127.0.0.1/${a}`,HIDDEN:o,OUTSIDE_UID:String(process.geteuid?.()??-1),...await Ft()},path:[],mounts:[],timeoutSeconds:20,output:{name:"song",maxBytes:4096}});if(s.kind==="unavailable")return s.message;let d=s.output?.toString("utf8")??"";return s.status!==0||d!==Ut?`${e.name}: the canary sang otherwise than expected (exit ${s.status}): ${d.trim().replaceAll(`
`,", ")}`:n!==0?`${e.name}: the canary reached the host’s loopback`:(await Jt(a),null)}finally{r.close(),await Tt(o,{force:!0})}}i(Mt,"sing");async function Ft(){let e=["ipc","mnt","net","pid","uts"],t=await Promise.all(e.map(o=>Lt(`/proc/self/ns/${o}`).catch(()=>"")));return Object.fromEntries(e.map((o,n)=>[`OUTSIDE_${o}`,t[n]??""]))}i(Ft,"ownNamespaces");function jt(e){return new Promise((t,o)=>{e.once("error",o),e.listen(0,"127.0.0.1",()=>{let n=e.address();n===null||typeof n=="string"?o(new Error("no TCP address")):t(n.port)})})}i(jt,"listen");function Jt(e){return new Promise((t,o)=>{let n=Dt(e,"127.0.0.1",()=>{n.destroy(),t()});n.once("error",o)})}i(Jt,"reach");import{createHash as Yt}from"node:crypto";import{createReadStream as Ht}from"node:fs";import{mkdir as st}from"node:fs/promises";import{join as l}from"node:path";async function dt(e,t,o){let n=await t.directory("package"),r={id:e.packageId,digest:e.packageDigest};await o.download(r,n,{[R]:{maxBytes:5368709120}});let a=l(n,R),s=Yt("sha256");for await(let u of Ht(a,{highWaterMark:1<<20}))s.update(u);let d=s.digest("hex");if(d!==e.packageSha256)throw new A("digest_mismatch",`expected the package ${e.packageSha256}, found ${d}`);let c=await t.directory("model");return await x(a,c,{maxBytes:5368709120}),l(c,G)}i(dt,"takeModel");async function ut(e,t,o){let n=await t.directory("evaluator"),r={id:e.evaluatorId,digest:e.evaluatorDigest},a={maxBytes:1073741824};await o.download(r,n,{[L]:a,[T]:a});let s=l(n,"tree");return await st(s),await x(l(n,L),s,a),{directory:s,features:await mt(e,l(n,T),l(n,"features"))}}i(ut,"takeEvaluator");async function ct(e,t,o){let n=await t.directory("labels"),r={id:e.labelsId,digest:e.labelsDigest};return await o.download(r,n,{[P]:{maxBytes:1073741824}}),mt(e,l(n,P),l(n,"files"))}i(ct,"takeLabels");async function mt(e,t,o){await st(o);let n=await x(t,o,{maxBytes:1073741824}),r=I(e.order.data).map(([a])=>N(a));if([...n].sort().join()!==[...r].sort().join())throw new A("artifact_invalid",`expected ${r.join(", ")}, found ${n.join(", ")}`);return new Map(I(e.order.data).map(([a])=>[a,l(o,N(a))]))}i(mt,"extractDatasets");import{writeFile as Kt}from"node:fs/promises";import{join as Xt}from"node:path";function f(e,t){return{status:"not_evaluated",reason:e,message:t.slice(0,4e3)}}i(f,"notEvaluated");import{randomBytes as zt}from"node:crypto";async function k(e,t){let o=new Q(e.job.log.raw,zt(24).toString("hex")),n=[e.evaluator,...e.python.directories].map(a=>({kind:"code",path:a}));return o.begin(),{outcome:await e.sandbox.run({command:t.command,cwd:e.evaluator,environment:{...e.python.variables,...t.environment},path:[e.python.bin],mounts:[...n,...t.data.map(a=>({kind:"data",path:a}))],timeoutSeconds:e.order.timeout,output:t.output,onLog:i(a=>o.take(a),"onLog"),cancel:e.job.cancel}).finally(()=>o.end()),tail:o.tail().trim().split(`
`).slice(-15).join(`
`).slice(-2e3)}}i(k,"runOnStage");function E(e){return Object.fromEntries([...e].map(([t,o])=>[`TRAINYARD_DATA_${t.toUpperCase()}`,o]))}i(E,"dataVariables");var v="predictions.csv",lt=256*2**20;async function pt(e,t,o){let{outcome:n,tail:r}=await k(e,{command:e.order.predict,environment:{TRAINYARD_MODEL:t,...E(o)},data:[t,...o.values()],output:{name:v,maxBytes:lt}});return n.kind==="unavailable"?h("sandbox_unavailable",n.message):n.timedOut?h("predict_timed_out",`predict did not end within the timeout of ${e.order.timeout} s`):n.status!==0?h("predict_failed",`predict exited with ${n.status}:
${r}`):n.tooLarge?h("predict_failed",`${v} is over ${lt} bytes`):n.output===null?h("predict_failed",`predict exited with 0 and left no ${v} in TRAINYARD_OUTPUT`):{kind:"predicted",predictions:n.output,seconds:n.seconds}}i(pt,"predict");function h(e,t){return{kind:"refused",outcome:f(e,t)}}i(h,"refuse");var _="metrics.json",ft=1<<20;async function yt(e,t,o){let n=Xt(await e.job.directory("predictions"),v);await Kt(n,t);let{outcome:r,tail:a}=await k(e,{command:e.order.run,environment:{TRAINYARD_PREDICTIONS:n,...E(o)},data:[n,...o.values()],output:{name:_,maxBytes:ft}});if(r.kind==="unavailable")return y("sandbox_unavailable",r.message);if(r.timedOut)return y("evaluate_failed",`the evaluator did not end within the timeout of ${e.order.timeout} s`);if(r.status!==0)return y("evaluate_failed",`the evaluator exited with ${r.status}:
${a}`);if(r.tooLarge)return y("metrics_invalid",`${_} is over ${ft} bytes`);if(r.output===null)return y("metrics_missing",`the evaluator left no ${_} in TRAINYARD_OUTPUT`);let s=V(r.output);return s.ok?Object.keys(s.metrics).length===0?y("metrics_missing",`${_} holds no metric`):{kind:"measured",metrics:s.metrics}:y("metrics_invalid",s.message)}i(yt,"measure");function y(e,t){return{kind:"refused",outcome:f(e,t)}}i(y,"refuse");var Gt=1800;async function ht(e,t,o){let n=z.parse(await Wt(e,t,o));n.status==="not_evaluated"&&t.log.error(`not evaluated (${n.reason}): ${n.message}`);let r=await t.directory("evaluation");await Vt(gt(r,D),JSON.stringify(n));let{id:a,digest:s}=await o.upload("judge-evaluation",r,[D]);return{status:n.status,evaluationId:String(a),evaluationDigest:s}}i(ht,"evaluate");async function Wt(e,t,o){let{order:n}=e,r=await dt(e,t,o),a=await ut(e,t,o),s=await W({lock:n.setup===null?null:{file:gt(a.directory,n.setup),path:n.setup},directory:await t.directory("python"),purpose:"evaluation",environment:t.environment,timeoutSeconds:Gt,cancel:t.cancel,onLog:t.log.raw});if(!s.ok)return f("setup_failed",s.message);let d=await at(n.sandbox,await t.directory("sandbox"),process.geteuid?.()??-1);if(d.kind==="unavailable")return f("sandbox_unavailable",d.message);t.log.info(`sandbox: ${d.description}`);let c={job:t,order:n,sandbox:d,python:s.environment,evaluator:a.directory},u=await pt(c,r,a.features);if(u.kind==="refused")return u.outcome;let $=await ct(e,t,o),m=await yt(c,u.predictions,$);return m.kind==="refused"?m.outcome:{status:"evaluated",metrics:m.metrics,sandbox:d.kind,holdout:e.holdout,seconds:u.seconds}}i(Wt,"outcomeOf");var vt=p.strictObject({order:C(K),packageId:b,packageDigest:w.pipe(g),packageSha256:g,evaluatorId:b,evaluatorDigest:w.pipe(g),labelsId:b,labelsDigest:w.pipe(g),holdout:C(p.record(H,g))}),$t=p.strictObject({status:p.enum(["evaluated","not_evaluated"]),evaluationId:p.string(),evaluationDigest:p.string()});Y(vt,$t,(e,t)=>ht(e,t,X()));
