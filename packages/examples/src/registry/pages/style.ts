/** The style of the terminal, after the original's house style, with fonts served from this machine. */
export const style = `
@font-face{font-family:'Cousine';font-weight:400;src:url(/fonts/cousine-400.woff2) format('woff2')}
@font-face{font-family:'Cousine';font-weight:700;src:url(/fonts/cousine-700.woff2) format('woff2')}
@font-face{font-family:'Saira Extra Condensed';font-weight:500;src:url(/fonts/saira-500.woff2) format('woff2')}
body{background:#0a0803;color:#ffb000;font-family:'Cousine','Courier New',monospace;
     margin:0;padding:40px 20px;display:flex;justify-content:center}
body::before{content:'';position:fixed;inset:0;
             background:linear-gradient(rgba(18,16,16,0) 50%,rgba(0,0,0,.25) 50%);
             background-size:100% 3px;pointer-events:none;z-index:100}
.terminal{max-width:1000px;width:100%;border:1px solid #996a00;padding:30px;
          box-shadow:0 0 15px rgba(255,176,0,.15)}
h1{font-family:'Saira Extra Condensed','Courier New',monospace;
   display:grid;grid-template-columns:auto 1fr;column-gap:.6rem;font-size:2rem;
   margin:0 0 5px;text-transform:uppercase;font-weight:500;
   border-bottom:1px dashed #996a00;padding-bottom:10px}
.acronym{font-family:'DejaVu Sans',sans-serif;font-size:3.6rem;font-weight:700;
         color:#ffcc00;line-height:.9;letter-spacing:-11px;margin-right:10px}
.wordmark{font-family:'Saira Extra Condensed','Courier New',monospace;
          display:flex;flex-direction:column;justify-content:center;
          line-height:.73;letter-spacing:12px}
.combine{letter-spacing:9px}
.meta{color:#a87d00;font-size:.85rem;text-transform:uppercase;letter-spacing:1px;margin:.3em 0}
h2{font-family:'Saira Extra Condensed','Courier New',monospace;font-size:1.5rem;
   text-transform:uppercase;letter-spacing:2px;margin:1em 0 .3em;color:#ffcc00}
table{border-collapse:collapse;width:100%;margin:.5em 0}
th{color:#ffcc00;border-bottom:1px solid #996a00;padding:.3em .6em;
   text-align:left;text-transform:uppercase;letter-spacing:1px}
td{padding:.2em .6em;border-bottom:1px solid #1a1000}
.at-large{color:#ffb000}
.retired td{color:#664d00}
.stats{color:#f89d00;font-size:.85rem;text-transform:uppercase;letter-spacing:1px;margin:.5em 0;padding:1rem}
button{background:transparent;border:1px solid #996a00;color:#ffb000;font-family:inherit;
       font-size:.65rem;padding:4px 12px;cursor:pointer;
       letter-spacing:1px;text-transform:uppercase;margin-right:.3em}
button:hover{background:#ffb000;color:#0a0803}
input,select{background:transparent;border:1px solid #996a00;color:#ffb000;
             font-family:inherit;font-size:.85rem;padding:4px 8px;margin-right:.3em}
input:focus,select:focus{outline:none;border-color:#ffb000}
option{background:#0a0803}
input[type=range]{width:100%;box-sizing:border-box;padding:0;accent-color:#ffb000}
a{color:#ffcc00}
.footer{margin-top:20px;padding-top:10px;border-top:1px dashed #996a00;
        color:#a87d00;font-size:.72rem;letter-spacing:1px;text-transform:uppercase}
.msg{color:#ff4400;min-height:1.2em;margin:.3em 0}
.processing{color:#ffb000;min-height:1.2em;margin:.3em 0;
            letter-spacing:1px;animation:blink 1s steps(2) infinite}
@keyframes blink{50%{opacity:.3}}
hr{border:none;border-top:1px dashed #996a00;margin:1em 0}
`;
