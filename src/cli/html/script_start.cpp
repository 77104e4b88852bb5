// The facts at the top of the page, and the code that runs first.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kScriptStart = R"js(
function fillHead() {
  get('name').textContent = DATA.name;
  get('file').textContent = DATA.file + (DATA.keras_version ? ', saved by Keras ' + DATA.keras_version : '');
  const facts = get('facts');
  const fact = (title, text) => {
    const box = make('div');
    box.append(make('dt', {}, title), make('dd', {}, text));
    facts.append(box);
  };
  fact('layers', count(DATA.layers.length));
  fact('parameters', count(DATA.parameters));
  const ports = (title, list) => {
    list.slice(0, 4).forEach(port => fact(title, port.name + ' ' + port.type));
    if (list.length > 4) fact(title, list.length - 4 + ' more');
  };
  ports('input', DATA.inputs);
  ports('output', DATA.outputs);
  if (DATA.plan) {
    fact('FLOPs for ' + DATA.plan.rows + (DATA.plan.rows === 1 ? ' row' : ' rows'), flopsText(DATA.plan.flops));
    fact('arena', bytesText(DATA.plan.memory.arena));
    fact('constants', bytesText(DATA.plan.memory.constants));
  }
  if (DATA.times) fact('a run', microseconds(DATA.untimed_ns));
  if (!DATA.refusals.length) return;
  const box = get('refused'), list = make('ul');
  box.classList.remove('hidden');
  box.append(make('strong', {}, DATA.refusals.length + (DATA.refusals.length === 1 ? ' layer' : ' layers') + ' cannot run'));
  for (const item of DATA.refusals) {
    const entry = make('li'), link = make('button', { class: 'link', type: 'button' }, item.layer);
    link.addEventListener('click', () => reveal(item.layer));
    entry.append(link, ` (${item.class_name}) ${item.reason}`);
    list.append(entry);
  }
  box.append(list);
}

function fillLegend() {
  const there = new Set(DATA.layers.map(layer => familyOf(layer.class_name)));
  for (const family of [...FAMILIES, OTHER]) {
    if (!there.has(family)) continue;
    const entry = make('span');
    entry.append(make('i', { style: `background: var(--${family[0]})` }), family[1]);
    get('legend').append(entry);
  }
  if (!DATA.times) return;
  const heat = make('span');
  heat.append(make('i', { style: 'background: var(--bar)' }), 'share of the time');
  get('legend').append(heat);
}

function fitWidth() { zoom((get('graph').clientWidth - 4) / view.size[0]); }

fillHead();
countShares();
fillLegend();
render();
if (view.size[0] > get('graph').clientWidth) zoom(Math.max(0.6, (get('graph').clientWidth - 4) / view.size[0]));
fillLayers();
fillSteps();
fillMemory();
fillNotes();
if (!view.order.some(node => node.isModel)) get('fold').classList.add('hidden');
get('graph').addEventListener('click', event => {
  const group = event.target.closest('.node');
  if (group) choose(group.dataset.key, true);
});
get('graph').addEventListener('dblclick', event => {
  const group = event.target.closest('.node');
  if (group) toggle(group.dataset.key);
});
get('graph').addEventListener('keydown', onKey);
get('search').addEventListener('input', search);
get('search').addEventListener('keydown', nextFound);
get('fold').addEventListener('click', foldOrUnfold);
get('smaller').addEventListener('click', () => zoom(view.scale / 1.25));
get('larger').addEventListener('click', () => zoom(view.scale * 1.25));
get('whole').addEventListener('click', fitWidth);
const first = view.order.find(node => node.layer && node.layer.refusal) || view.order[0];
if (first) choose(first.key, false);
)js";

}  // namespace keraunos::cli
