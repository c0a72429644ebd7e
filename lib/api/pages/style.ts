/** Light and dark by the reader's own choice, no font or picture from elsewhere, readable on a telephone at night. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--back:#f6f7f9;--card:#fff;--link:#1f5fbf;
--red:#b3261e;--red-back:#fbe9e7;--amber:#8a5a00;--amber-back:#fdf1d8;--green:#1d6b3a;--green-back:#e3f4e8;--grey-back:#e9edf1}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9f0;--soft:#97a3b3;--line:#2c3542;--back:#10151c;--card:#181f28;--link:#82b1ff;
--red:#ff9d94;--red-back:#44201e;--amber:#f2c66d;--amber-back:#3d2f12;--green:#86d8a0;--green-back:#173524;--grey-back:#2a333f}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
p{margin:.35rem 0}
header.top{display:flex;gap:.4rem 1.5rem;align-items:baseline;flex-wrap:wrap;padding:.7rem 1.5rem;background:var(--card);border-bottom:1px solid var(--line)}
header.top strong a{color:var(--ink)}header.top nav{display:flex;gap:1rem;font-size:.92rem;flex:1}
header.top form{display:flex;gap:.7rem;align-items:baseline;font-size:.92rem}
main{max-width:62rem;margin:0 auto;padding:1.3rem 1.5rem 4rem}
.narrow{max-width:26rem;margin:2rem auto}
h1{font-size:1.55rem;line-height:1.25;margin:.2rem 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .6rem}h3{font-size:.98rem;margin:0 0 .3rem}
.lead{font-size:1.05rem}.soft{color:var(--soft)}.small{font-size:.86rem}.label{margin:.7rem 0 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1.1rem;margin:0 0 .9rem;overflow-wrap:anywhere}
.card>:first-child{margin-top:0}.card>:last-child{margin-bottom:0}.waits{border-color:var(--amber);border-width:2px}
.pill{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.8rem;font-weight:600;background:var(--grey-back);color:var(--ink);white-space:nowrap}
.pill.bad,.banner.bad{background:var(--red-back);color:var(--red)}.pill.warn,.banner.warn{background:var(--amber-back);color:var(--amber)}
.pill.good{background:var(--green-back);color:var(--green)}
.banner{border-radius:8px;padding:.7rem 1.1rem;margin:0 0 1rem}
ul.rows{list-style:none;padding:0;margin:0}
.row{display:grid;grid-template-columns:minmax(9rem,1.2fr) minmax(9rem,1.4fr) auto 7.5rem;gap:.15rem 1rem;align-items:baseline;margin:0 0 .5rem;padding:.6rem 1.1rem}
.row>:first-child,.row>:last-child{margin:0}.row>:last-child{text-align:right}.row .name{font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.84rem}
th,td{padding:.4rem .9rem .4rem 0;vertical-align:top;border-top:1px solid var(--line);overflow-wrap:anywhere}
th{overflow-wrap:normal}tr:first-child th,table.plain tr:first-child td{border-top:0}td.fix,td.rule{white-space:nowrap;overflow-wrap:normal;width:1%}td.name{overflow-wrap:break-word}
.facts th{width:9rem}td:last-child,th:last-child{padding-right:0}
ol.steps{list-style:none;display:grid;grid-template-columns:repeat(6,1fr);gap:.5rem;padding:0;margin:1.2rem 0}
ol.steps li{background:var(--card);border:1px solid var(--line);border-top:4px solid var(--line);border-radius:6px;padding:.4rem .6rem;font-size:.92rem;overflow-wrap:anywhere}
ol.steps b{display:block;font-size:.78rem;color:var(--soft);font-weight:600}
ol.steps .good{border-top-color:var(--green)}ol.steps .warn{border-top-color:var(--amber)}ol.steps .bad{border-top-color:var(--red)}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:.9rem}
.plots .card{margin:0}.plots svg{display:block;width:100%;height:auto;margin:.5rem 0 .2rem;overflow:visible}
.plots .series{stroke:var(--link)}.plots .moved,.figures strong{color:var(--ink)}.plots line.moved{stroke:var(--red)}.plots span.moved{color:var(--red)}
.figures strong{font-size:1.15rem}
.proof,.execution+.execution{border-top:1px solid var(--line);margin-top:.8rem;padding-top:.6rem}
.beforeafter{display:flex;gap:1rem;align-items:end;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
.beforeafter b{display:block;font-size:.78rem;color:var(--soft)}
pre{background:var(--back);border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;overflow:auto;max-height:26rem;font-size:.83rem;line-height:1.45;margin:.4rem 0 0}
code{font-size:.9em}pre code{font-size:1em}summary{cursor:pointer;color:var(--soft)}details{margin-top:.4rem}
button,input{font:inherit;color:inherit;padding:.4rem .9rem;border:1px solid var(--line);border-radius:6px;background:var(--back)}
button{cursor:pointer;font-weight:600}button:hover{border-color:var(--soft)}
button.go{background:var(--link);border-color:var(--link);color:var(--card)}
button.plain{border:0;padding:0;background:none;color:var(--link);font-weight:400}
.stack{display:grid;gap:.8rem}.stack input{width:100%;margin-top:.2rem}.stack label{display:block}
.forms{display:flex;gap:.7rem 1.5rem;flex-wrap:wrap;margin-top:.6rem}.inline{display:flex;gap:.5rem;flex:1;min-width:14rem}.inline input{flex:1;min-width:6rem}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media (max-width:44rem){main{padding:1rem}header.top{padding:.7rem 1rem}h1{font-size:1.3rem}
.row{grid-template-columns:1fr auto}.row>:nth-child(2){grid-row:2}.row>:nth-child(3){grid-column:1/-1;grid-row:3}.row>:last-child{grid-row:1;grid-column:2}
ol.steps{grid-template-columns:repeat(3,1fr)}.plots{grid-template-columns:1fr}
table.rules,.rules tbody,.rules tr,.rules td{display:block;width:auto}.rules tr:first-child{display:none}.rules td{border:0;padding:.1rem 0}
.rules tr{border-top:1px solid var(--line);padding:.5rem 0}.timeline td.fix:nth-child(2){display:none}.facts th,.facts td{display:block;width:auto;border:0;padding:.1rem 0}}
`;
