// Shows the selected layer beside the graph.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kScriptDetails = R"js(
// A plan joins layers whose weights became one by × and those that were fused by +, and it counts further calls of a layer:
// "encoder#1/dense" is the second call of "encoder".
const PATHS = new Set(DATA.layers.map(layer => layer.path));
function splitLayers(text) { return PATHS.has(text) ? [text] : text.split(/( \+ | × )/); }
function withoutCall(path) { return PATHS.has(path) ? path : path.replace(/#[0-9]+(?=\/|$)/g, ''); }
function layersOf(step) { return splitLayers(step.layer).filter((_, i) => i % 2 === 0).map(withoutCall); }

function stepsOf(path) {
  if (!DATA.plan || !path) return [];
  const own = part => part === path || part.startsWith(path + '/');
  return DATA.plan.steps.map((step, i) => [step, i]).filter(([step]) => layersOf(step).some(own));
}

function listLinks(target, title, nodes) {
  if (!nodes.length) return;
  target.append(make('dt', {}, title));
  const entry = make('dd');
  nodes.forEach((node, i) => {
    if (i) entry.append(', ');
    const link = make('button', { class: 'link', type: 'button' }, node.name);
    link.addEventListener('click', () => choose(node.key, false));
    entry.append(link);
  });
  target.append(entry);
}

function showDetails(node) {
  const layer = node.layer, panel = get('details'), list = make('dl');
  const say = (title, text) => {
    if (text === '' || text === null || text === undefined) return;
    list.append(make('dt', {}, title), make('dd', {}, text));
  };
  panel.replaceChildren(make('h3', {}, node.name));
  if (layer && layer.refusal) panel.append(make('p', { class: 'refused' }, 'This layer cannot run: it ' + layer.refusal + '.'));
  say('class', node.kind);
  if (node.path !== node.name) say('path', node.path);
  node.outputs.forEach((type, i) => say(node.outputs.length > 1 ? 'output ' + i : 'output', type));
  if (layer) {
    say('parameters', count(layer.parameters));
    if (layer.calls > 1) say('shared', 'called ' + layer.calls + ' times with the same weights');
    layer.weights.forEach(weight => say('weight', weight));
    layer.children.forEach(child => say('inside', child));
    if (layer.network !== null) say('inside', DATA.networks[layer.network].nodes.length + ' calls of layers');
  }
  listLinks(list, 'from', node.before);
  listLinks(list, 'to', node.after);
  panel.append(list);
  if (node.isModel) {
    const fold = make('button', { type: 'button' }, node.inner ? 'Fold' : 'Unfold');
    fold.addEventListener('click', () => toggle(node.key));
    panel.append(fold);
  }
  const steps = stepsOf(node.path);
  if (steps.length) {
    panel.append(make('h3', {}, steps.length === 1 ? 'Its step' : 'Its ' + steps.length + ' steps'));
    const rows = make('dl');
    for (const [step, number] of steps.slice(0, 40)) {
      const time = DATA.times ? ', ' + microseconds(DATA.times[number].median_ns) : '';
      const kernel = step.kernel ? ' by ' + step.kernel : '';
      rows.append(make('dt', {}, number), make('dd', {}, step.operation + kernel + time));
    }
    if (steps.length > 40) rows.append(make('dt', {}, '…'), make('dd', {}, steps.length - 40 + ' more in the table below'));
    panel.append(rows);
  } else if (DATA.plan && layer && !node.isInput) {
    panel.append(make('p', { class: 'soft' }, 'It has no step of its own: another step does its work, or there is none.'));
  }
  if (layer && layer.config) {
    const config = make('details');
    config.append(make('summary', {}, 'config'), make('pre', {}, layer.config));
    panel.append(config);
  }
  panel.scrollTop = 0;
}

// Every layer once, with what is inside models behind them.
function fillLayers() {
  const table = make('table', { 'aria-label': 'Layers' }), head = make('tr'), body = make('tbody');
  for (const title of ['Layer', 'Class', 'Output', 'Parameters', 'Calls', 'From'])
    head.append(make('th', { scope: 'col', class: /Parameters|Calls/.test(title) ? 'number' : '' }, title));
  const sources = DATA.layers.map(() => new Set());
  for (const network of DATA.networks) {
    const name = i => network.nodes[i] < 0 ? 'input' : DATA.layers[network.nodes[i]].name;
    for (const [from, to] of network.edges) if (network.nodes[to] >= 0) sources[network.nodes[to]].add(name(from));
  }
  const order = DATA.layers.map((layer, i) => [layer, i]);
  for (const [layer, i] of order) {
    const row = make('tr'), cell = make('td', { class: 'name' });
    const link = make('button', { class: 'link', type: 'button' }, layer.path);
    link.addEventListener('click', () => reveal(layer.path));
    cell.append(link);
    row.append(cell, make('td', {}, layer.class_name), make('td', {}, layer.outputs.join('; ')),
               make('td', { class: 'number' }, count(layer.parameters)), make('td', { class: 'number' }, layer.calls),
               make('td', { class: 'name' }, [...sources[i]].join(', ')));
    body.append(row);
  }
  const top = make('thead'), scroll = make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Layers' });
  top.append(head);
  table.append(top, body);
  scroll.append(table);
  get('layers').append(scroll);
}
)js";

}  // namespace keraunos::cli
