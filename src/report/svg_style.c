/*
 * svg_style.c
 *	  Colours and text of charts.
 *
 * Colours are variables: a page may set its own.  Text on paper has a contrast
 * of 4.5 or more and marks 3 or more, in the light and in the dark.  Print is
 * light, whatever the screen is.
 */
#include "report/svg.h"

#include <math.h>

#define LIGHT \
	"--sp-paper:#fff;--sp-ink:#1d2329;--sp-mute:#59626c;--sp-grid:#dfe3e8;" \
	"--sp-1:#2463a6;--sp-2:#b8570f;--sp-3:#2e7d50;--sp-4:#7350a8;--sp-5:#b3302a;--sp-6:#0f7772;" \
	"--sp-a1:#8fa9bf;--sp-a2:#d9a441;--sp-a3:#cf7a33;--sp-a4:#b34a2c;--sp-a5:#7d2420;--sp-a6:#59626c;" \
	"--sp-good:#247245;--sp-bad:#b3302a;--sp-warn:#8a5a00"
#define DARK \
	"--sp-paper:#15181c;--sp-ink:#e7eaed;--sp-mute:#a3adb7;--sp-grid:#2e353d;" \
	"--sp-1:#78aee6;--sp-2:#eda15c;--sp-3:#74c496;--sp-4:#b69fe3;--sp-5:#ee837b;--sp-6:#63c6bf;" \
	"--sp-a1:#7c95ab;--sp-a2:#e0b458;--sp-a3:#de8f4d;--sp-a4:#d96b4b;--sp-a5:#e0968f;--sp-a6:#a3adb7;" \
	"--sp-good:#74c496;--sp-bad:#ee837b;--sp-warn:#e0b458"

const char *
svg_style(void)
{
	return ":root{" LIGHT "}"
		"@media screen and (prefers-color-scheme:dark){:root{" DARK "}}"
		".sp-chart{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;"
		"fill:var(--sp-ink);background:var(--sp-paper)}"
		".sp-t{fill:var(--sp-mute);font-variant-numeric:tabular-nums}"
		".sp-v{fill:var(--sp-ink);font-weight:600;font-variant-numeric:tabular-nums}"
		".sp-w{fill:var(--sp-paper)}.sp-m{text-anchor:middle}.sp-e{text-anchor:end}"
		".sp-g{stroke:var(--sp-grid);stroke-width:1;fill:none}.sp-z{stroke:var(--sp-mute);stroke-width:1;fill:none}"
		".sp-l{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
		".sp-l1{stroke:var(--sp-1)}.sp-l2{stroke:var(--sp-2);stroke-dasharray:6 3}.sp-l3{stroke:var(--sp-3);stroke-dasharray:2 3}"
		".sp-l4{stroke:var(--sp-4);stroke-dasharray:9 3 2 3}.sp-l5{stroke:var(--sp-5)}.sp-l6{stroke:var(--sp-6)}"
		".sp-f1{fill:var(--sp-1)}.sp-f2{fill:var(--sp-2)}.sp-f3{fill:var(--sp-3)}"
		".sp-f4{fill:var(--sp-4)}.sp-f5{fill:var(--sp-5)}.sp-f6{fill:var(--sp-6)}"
		".sp-a1{fill:var(--sp-a1)}.sp-a2{fill:var(--sp-a2)}.sp-a3{fill:var(--sp-a3)}"
		".sp-a4{fill:var(--sp-a4)}.sp-a5{fill:var(--sp-a5)}.sp-a6{fill:var(--sp-a6)}"
		".sp-h{fill:var(--sp-1)}.sp-n{fill:none;stroke:var(--sp-grid);stroke-dasharray:2 2}"
		"@media print{.sp-chart{background:none}.sp-f1,.sp-f2,.sp-f3,.sp-f4,.sp-f5,.sp-f6,.sp-a1,.sp-a2,.sp-a3,.sp-a4,.sp-a5,.sp-a6,.sp-h{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";
}

double
svg_line_height(const Chart *chart)
{
	return chart->n_series > 1 ? 220 : 200;
}

double
svg_bar_height(const Chart *chart)
{
	return chart->n_labels * (chart->n_series > 1 ? 12 + 16.0 * chart->n_series : 26) + (chart->n_series > 1 ? 24 : 0);
}

double
svg_stack_height(const Chart *chart)
{
	return chart->n_labels * 30 + (chart->n_series > 4 ? 42 : 24);
}

double
svg_funnel_height(const Chart *chart)
{
	return chart->n_labels * 36;
}

double
svg_heat_map_height(const Chart *chart)
{
	return chart->n_series * 20 + 44;
}

/* squares that fill the width, but no larger than a finger */
double
svg_calendar_height(const Chart *chart)
{
	return fmin((chart->width - 30) / (chart->n_labels / 7 + 2), 18) * 7 + 44;
}
