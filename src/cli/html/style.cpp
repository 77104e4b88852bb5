// The style of the page, for light and dark screens.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --panel: #ffffff; --text: #1b1f24; --soft: #59626e; --line: #d5dae1; --edge: #8b96a5;
  --accent: #0b62c4; --accent-soft: #dfecfb; --bad: #b3261e; --bad-soft: #fce8e6; --warn: #8a5a00; --bar: #8fbaf0;
  --weights: #3f7fd0; --sequence: #8a5fc7; --norm: #2f9178; --shape: #9aa3ae; --merge: #c7792b; --function: #c2528b;
  --input: #4d5a68; --model: #1b1f24;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --panel: #1d2126; --text: #e6e9ed; --soft: #a0a9b4; --line: #363d46; --edge: #75808e;
    --accent: #78b2f5; --accent-soft: #20344d; --bad: #f2928b; --bad-soft: #44211f; --warn: #e0b25c; --bar: #3d6aa3;
    --weights: #5f9ae6; --sequence: #a986e0; --norm: #4fb89b; --shape: #7a8490; --merge: #dd9850; --function: #dd7aab;
    --input: #9aa6b3; --model: #e6e9ed;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; }
a.skip { position: absolute; left: -100em; }
a.skip:focus { left: 8px; top: 8px; background: var(--panel); padding: 4px 8px; z-index: 3; }
header, main > section { margin: 0 auto; max-width: 1700px; padding: 0 20px; }
header { padding-top: 16px; }
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 26px 0 8px; }
h3 { font-size: 14px; margin: 14px 0 4px; }
p { margin: 4px 0; max-width: 90ch; }
.soft { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 8px; padding: 0; margin: 12px 0 0; }
.facts div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px; }
.facts dt { color: var(--soft); font-size: 12px; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.refused { background: var(--bad-soft); border-left: 4px solid var(--bad); padding: 8px 12px; margin-top: 12px; }
header .refused { max-height: 34vh; overflow: auto; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 8px; }
.bar .grow { flex: 1; }
input[type=search] {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--edge); border-radius: 6px;
  padding: 4px 10px; width: 260px;
}
button {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--edge); border-radius: 6px; padding: 3px 10px;
  cursor: pointer;
}
button:hover { background: var(--accent-soft); }
button.link { border: 0; background: none; padding: 0; color: var(--accent); text-align: left; overflow-wrap: anywhere; }
button.link:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.work { display: grid; grid-template-columns: minmax(0, 1fr) 380px; gap: 12px; }
.work > * { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; overflow: auto; height: 74vh; }
.work.short > * { height: auto; max-height: 74vh; min-height: 260px; }
#details { padding: 6px 14px 14px; }
#details h3:first-child { font-size: 16px; margin-top: 8px; overflow-wrap: anywhere; }
#details dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 12px; margin: 8px 0; }
#details dt { color: var(--soft); }
#details dd { margin: 0; overflow-wrap: anywhere; }
#details pre { font-size: 12px; background: var(--ground); padding: 8px; border-radius: 6px; overflow: auto; margin: 4px 0; }
#graph { position: relative; }
#graph svg { display: block; margin: 0 auto; }
.node { cursor: pointer; }
.node rect.box { fill: var(--panel); stroke: var(--edge); }
.node.model > rect.box { fill: var(--ground); stroke-dasharray: 4 3; }
.node rect.heat { fill: var(--bar); }
.node > text { fill: var(--text); font-size: 12px; }
.node > text.class { fill: var(--soft); font-size: 11px; }
.node.refusal rect.box { fill: var(--bad-soft); stroke: var(--bad); }
.node.chosen > rect.box { stroke: var(--accent); stroke-width: 2.5; }
.node.found > rect.box { fill: var(--accent-soft); stroke: var(--accent); }
.node:focus { outline: none; }
.node:focus-visible > rect.box { stroke: var(--accent); stroke-width: 3; }
.edge { fill: none; stroke: var(--edge); stroke-width: 1.2; }
.edge.near { stroke: var(--accent); stroke-width: 2; }
.shape { fill: var(--soft); font-size: 10.5px; paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 12px; font-size: 12px; color: var(--soft); margin-top: 6px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 4px; }
.scroll { overflow: auto; max-height: 74vh; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { position: sticky; top: 0; background: var(--panel); white-space: nowrap; z-index: 1; }
th button { border: 0; background: none; padding: 2px 4px; margin: -2px -4px; font-weight: 600; }
th[aria-sort=descending] button::after { content: " ▾"; }
th[aria-sort=ascending] button::after { content: " ▴"; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; min-width: 140px; }
td.slow, td.host { color: var(--warn); font-weight: 600; }
td .meter { display: inline-block; height: 9px; background: var(--bar); margin-right: 6px; border-radius: 2px; }
tr.inside td:first-child { padding-left: 24px; }
#memory svg {
  display: block; width: 100%; height: 150px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
}
#memory rect { fill: var(--bar); }
#memory rect:hover, #memory rect.peak { fill: var(--accent); }
.hidden { display: none; }
footer { padding: 20px; text-align: center; color: var(--soft); font-size: 12px; }
@media (max-width: 900px) {
  header, main > section { padding: 0 10px; }
  .work { grid-template-columns: minmax(0, 1fr); }
  .work > * { height: 60vh; }
  .work > #details { height: auto; max-height: 60vh; }
}
@media (prefers-reduced-motion: no-preference) { .node rect.box { transition: fill .12s; } }
)css";

}  // namespace keraunos::cli
