/**
 * The page's only style sheet, named by its hash in the page's policy. Text reaches 4.5:1 and shapes 3:1 on their ground
 * in both colour schemes; signs and words say what colours say.
 */
export const STYLE = [
  ':root{color-scheme:light dark;--fg:#1f2328;--muted:#59636e;--bg:#f6f8fa;--card:#fff;--line:#d1d9e0;--head:#0969da;--base:#bc4c00;--good:#1a7f37;--bad:#cf222e;--warn:#9a6700;--tint:#f6f8fa}',
  '@media(prefers-color-scheme:dark){:root{--fg:#f0f6fc;--muted:#9198a1;--bg:#010409;--card:#0d1117;--line:#3d444d;--head:#4493f8;--base:#f0883e;--good:#3fb950;--bad:#f85149;--warn:#d29922;--tint:#151b23}}',
  '*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;overflow-wrap:anywhere}',
  'main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}h1{font-size:26px;line-height:1.25;margin:0 0 4px}h2{font-size:20px;margin:40px 0 12px}h3{font-size:16px;margin:0 0 4px}p{margin:4px 0 12px}',
  'section{scroll-margin-top:8px}nav{margin:16px 0 0;display:flex;flex-wrap:wrap;gap:6px 18px}a{color:var(--head)}',
  '.muted{color:var(--muted)}.small{font-size:13px}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.head-key{color:var(--head)}.base-key{color:var(--base)}',
  '.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin:0 0 12px}.card.bad-edge{border-left:4px solid var(--bad)}.card.warn-edge{border-left:4px solid var(--warn)}.card.muted-edge{border-left:4px solid var(--muted)}',
  '.verdict{display:inline-block;border-radius:2em;padding:2px 12px;font-weight:600;color:#fff;background:#1a7f37;margin:0 8px 4px 0}.verdict.failed{background:#cf222e}.verdict.not_checked{background:#9a6700}',
  '.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(100px,1fr));gap:8px;margin:20px 0 0}.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px}.tile b{display:block;font-size:22px;line-height:1.3}',
  '.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:12px}.grid .card{margin:0}',
  '.scroll{overflow-x:auto;overflow-wrap:normal}table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}tr:last-child td{border-bottom:0}th{font-weight:600;color:var(--muted);font-size:13px;white-space:nowrap}.fit{width:auto}.fit td,.fit th{padding-right:28px}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}',
  '.wide{min-width:600px}.name{overflow-wrap:anywhere;min-width:120px;max-width:280px}.tags td:first-child{width:1%}.after{margin-top:12px}td{min-width:60px}dd>code:first-child{margin-left:-4px}code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--tint);border-radius:4px;padding:1px 4px;white-space:pre-wrap;overflow-wrap:anywhere}',
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:6px 0 0;font-size:14px}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}',
  'ul{margin:6px 0 0;padding-left:20px;font-size:14px}details{margin:10px 0 0}summary{cursor:pointer;color:var(--muted);font-size:14px}',
  '.tag{display:inline-block;border:1px solid var(--line);border-radius:2em;padding:0 8px;font-size:12px;color:var(--muted);white-space:nowrap;font-weight:400}.tag.name{white-space:normal;border-radius:10px;min-width:0;max-width:100%}.tag.bad{border-color:var(--bad);color:var(--bad)}.tag.good{border-color:var(--good);color:var(--good)}.tag.warn{border-color:var(--warn);color:var(--warn)}',
  'svg{display:block;width:100%;height:auto;margin:10px 0 0}svg text{font:11px -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;fill:var(--muted)}svg .value{fill:var(--fg)}svg .axis{stroke:var(--line)}svg .head{fill:var(--head);opacity:.8}svg .step{fill:none;stroke:var(--base);stroke-width:1.5}svg .base{fill:var(--base)}svg .end{text-anchor:end}',
  '@media(max-width:480px){main{padding:16px 12px 48px}.tiles{grid-template-columns:repeat(2,1fr)}.tile b{font-size:18px}h1{font-size:22px}th,td{padding-right:8px}}@media print{body{background:#fff}.card{break-inside:avoid}}',
].join('');
