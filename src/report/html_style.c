/*
 * html_style.c
 *	  The style of a page: text first, colour for what it means.
 */
#include "report/html.h"

const char *
html_style(void)
{
	return "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}"
		"body{margin:0;background:var(--sp-paper);color:var(--sp-ink);"
		"font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}"
		"main{max-width:1200px;margin:0 auto;padding:28px 20px 20px}"
		"header{margin-bottom:26px}h1{font-size:26px;line-height:1.2;font-weight:650;margin:0;letter-spacing:-.01em}"
		".sub{margin:4px 0 0;color:var(--sp-mute)}"
		".fresh{margin-top:14px;padding:8px 12px;border-left:3px solid var(--sp-good);font-size:13px}"
		".fresh.late{border-color:var(--sp-warn)}.fresh strong{color:var(--sp-good)}.fresh.late strong{color:var(--sp-warn)}"
		".fresh ul{list-style:none;margin:0;padding:0}.fresh li{overflow-wrap:anywhere}"
		".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,350px),1fr));gap:30px 36px;align-items:start}"
		"section{min-width:0;border-top:1px solid var(--sp-grid);padding-top:12px;break-inside:avoid}"
		".wide{grid-column:1/-1}"
		"h2{font-size:15px;line-height:1.3;font-weight:650;margin:0 0 10px;color:var(--sp-ink)}"
		".s-figures{border-top:0;padding-top:0}.s-figures h2{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
		".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(46%,230px),1fr));gap:18px 28px;margin:0}"
		".tile{border-top:2px solid var(--sp-ink);padding-top:8px;min-width:0}"
		"dt{font-size:13px;color:var(--sp-mute)}dd{margin:0}"
		".figure{font-size:27px;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.02em;overflow-wrap:anywhere}"
		".note{font-size:13px;color:var(--sp-mute);margin:2px 0 0}section>.note{margin-top:8px}.good{color:var(--sp-good)}.bad{color:var(--sp-bad)}"
		".chart svg{display:block;width:100%;height:auto;max-width:820px}"
		".chart.w{overflow-x:auto}.chart:focus-visible{outline:2px solid var(--sp-1)}"
		".scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--sp-1)}"
		"table{border-collapse:collapse;width:100%;font-size:13.5px}"
		"th{font-weight:500;color:var(--sp-mute);text-align:left;vertical-align:bottom}"
		"th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--sp-grid);overflow-wrap:break-word}"
		"td:not(.n):not(.w):not(.spark){min-width:4.5em}.t{overflow-wrap:anywhere}"
		"th.n+th:not(.n),td.n+td:not(.n){padding-left:14px}"
		"th:last-child,td:last-child{padding-right:0}"
		".n{text-align:right;font-variant-numeric:tabular-nums}td.n,.w{white-space:nowrap}"
		".spark svg{display:block;width:90px;height:22px}"
		".none{color:var(--sp-mute);margin:0}.text{margin:0 0 8px;white-space:pre-line;overflow-wrap:anywhere}h1,h2,.note,dt{overflow-wrap:anywhere}"
		".bands{display:flex;height:26px;gap:2px}.bands span{min-width:3px}"
		".keys{list-style:none;margin:10px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13.5px}"
		".dot{display:inline-block;width:10px;height:10px;margin-right:6px;border-radius:50%;background:var(--sp-grid);border:1px solid var(--sp-mute)}"
		".b-red,.b-fail{background:#b3302a}.b-orange{background:#c8661c}.b-amber,.b-warn{background:#d39a1e}.b-yellow{background:#dcbf2f}"
		".b-green,.b-ok{background:#2e7d50}.b-blue{background:#2463a6}.b-purple{background:#7350a8}.b-black{background:#22272c}"
		".b-white{background:#fff}.b-grey{background:#8d969f}"
		"footer{margin-top:34px;padding-top:10px;border-top:1px solid var(--sp-grid);font-size:12px;color:var(--sp-mute)}"
		".long{font-size:21px;line-height:1.6}"
		"@media screen and (max-width:700px){.chart.w svg{min-width:660px}}"
		"@media (max-width:520px){.long{font-size:16px;line-height:1.8}main{padding:18px 16px}h1{font-size:22px}dd.figure:not(.long){font-size:23px}"
		".tiles{grid-template-columns:1fr 1fr;gap:16px 20px}th,td{padding-right:8px}table{font-size:13px}"
		"th.n+th:not(.n),td.n+td:not(.n){padding-left:6px}"

	/*
	 * wide tables: a row becomes a block, each figure with its heading before
	 * it
	 */
		".rows,.rows tbody{display:block}.rows thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
		".rows tr{display:grid;grid-template-columns:1fr 1fr;gap:2px 22px;padding:9px 0;border-bottom:1px solid var(--sp-grid)}"
		".rows td,.rows td.n+td:not(.n){display:flex;justify-content:space-between;gap:8px;border:0;padding:0;min-width:0}"
		".rows td:first-child,.rows .l,.rows .t,.lines td{grid-column:1/-1}.rows td:first-child{font-weight:600}.rows .z{display:none}"
		".rows td[data-h]::before{content:attr(data-h);color:var(--sp-mute);white-space:nowrap}}"
		"@media print{@page{margin:14mm}main{max-width:none;padding:0}body{font-size:10.5pt}.scroll{overflow:visible}"
		".grid{grid-template-columns:1fr 1fr;gap:20px 26px}.tiles{grid-template-columns:repeat(4,1fr);gap:12px 18px}.figure:not(.long){font-size:19pt}.long{font-size:14pt}"
		"h2{break-after:avoid}tr,.tile,.chart{break-inside:avoid}header{margin-bottom:16px}footer{margin-top:20px}"
		".bands span,.dot{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";
}
