// Draws the graph. Texts become text nodes, never markup.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kScriptGraph = R"js(
const SVG = 'http://www.w3.org/2000/svg';
function make(name, attributes, text) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
function draw(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
function get(id) { return document.getElementById(id); }
function count(number) { return Number(number).toLocaleString('en'); }
function bytesText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (bytes >= 1024 && unit < 4) bytes /= 1024, ++unit;
  return (unit ? bytes.toFixed(bytes < 10 ? 2 : 1) : bytes) + ' ' + units[unit];
}
function flopsText(flops) {
  const units = ['', ' K', ' M', ' G', ' T'];
  let unit = 0;
  while (flops >= 1000 && unit < 4) flops /= 1000, ++unit;
  return (unit ? flops.toFixed(flops < 10 ? 2 : 1) : flops) + units[unit];
}

const FAMILIES = [
  ['input', 'inputs', /^Input/],
  ['model', 'models', /^(Functional|Sequential|Model)$/],
  ['sequence', 'recurrent, attention', /LSTM|GRU|RNN|Bidirectional|TimeDistributed|Attention|Embedding|Transformer|coder/],
  ['weights', 'dense, convolutions', /Dense|Conv|LocallyConnected/],
  ['norm', 'normalisation, dropout', /Norm|Dropout|Noise|Rescaling/],
  ['merge', 'merging', /^(Add|Concatenate|Multiply|Average|Maximum|Minimum|Subtract|Dot|Merge)$/],
  ['function', 'activations, functions', /Activation|ReLU|Softmax|ELU|Lambda|Op|Function/],
  ['shape', 'pooling, shapes', /Pool|Reshape|Flatten|Permute|Padding|Cropping|Repeat|Sampling|Resizing/],
];
const OTHER = ['shape', 'others', null];
function familyOf(kind) { return FAMILIES.find(f => f[2].test(kind.replace(/^.*>/, ''))) || OTHER; }

const view = { open: new Set(), scale: 1, layout: null, nodes: new Map(), order: [], chosen: null, found: new Set() };

function allNodes(layout, list) {
  for (const node of layout.nodes) {
    list.push(node);
    if (node.inner) allNodes(node.inner, list);
  }
  return list;
}

function ariaLabel(node) {
  const names = nodes => nodes.map(n => n.name).join(', ');
  let label = node.name + ', ' + node.kind;
  if (node.outputs.length) label += ', gives ' + node.outputs.join(' and ');
  if (node.layer && node.layer.parameters) label += ', ' + count(node.layer.parameters) + ' parameters';
  if (node.layer && node.layer.refusal) label += ', not supported: ' + node.layer.refusal;
  if (node.before.length) label += ', from ' + names(node.before);
  if (node.after.length) label += ', to ' + names(node.after);
  return label;
}

function edgePath(edge) {
  const points = [[edge.from.x, edge.from.y + edge.from.height]];
  if (edge.from.floor > points[0][1]) points.push([edge.from.x, edge.from.floor]);  // past what stands taller beside it
  for (const bend of edge.bends) points.push([bend.x, bend.y], [bend.x, bend.floor]);
  points.push([edge.to.x, edge.to.y - 2]);
  let path = 'M' + points[0].map(Math.round).join(' ');
  for (let i = 1; i < points.length; ++i) {
    const [x0, y0] = points[i - 1], [x1, y1] = points[i], middle = Math.round((y0 + y1) / 2);
    path += Math.round(x0) === Math.round(x1) ? ' L' + Math.round(x1) + ' ' + Math.round(y1)
                      : ` C${Math.round(x0)} ${middle} ${Math.round(x1)} ${middle} ${Math.round(x1)} ${Math.round(y1)}`;
  }
  return path;
}

function drawNode(node) {
  const layer = node.layer, share = node.path && !node.inner ? SHARES.get(node.path) || 0 : 0;
  const group = draw('g', {
    class: 'node' + (node.inner ? ' model' : '') + (layer && layer.refusal ? ' refusal' : ''),
    transform: `translate(${Math.round(node.x - node.width / 2)} ${Math.round(node.y)})`,
    role: 'button', tabindex: -1, 'aria-label': ariaLabel(node),
  });
  if (node.isModel) group.setAttribute('aria-expanded', String(Boolean(node.inner)));
  const width = Math.round(node.width);
  group.append(draw('rect', { class: 'box', width, height: node.height, rx: 6 }));
  const heat = Math.max(2, (width - 8) * share / SHARES.most);
  if (share) group.append(draw('rect', { class: 'heat', x: 6, y: 37, width: heat, height: 4 }));
  const family = familyOf(node.kind);
  group.append(draw('rect', { width: 5, height: node.height, rx: 2, style: `fill: var(--${family[0]})` }));
  group.append(draw('text', { x: 14, y: 18 }, (node.isModel ? (node.inner ? '▾ ' : '▸ ') : '') + node.title));
  if (!node.inner) group.append(draw('text', { class: 'class', x: 14, y: 33 }, node.subtitle));
  group.dataset.key = node.key;
  node.group = group;
  return group;
}

function drawLayout(layout, target) {
  for (const edge of layout.edges) {
    edge.path = draw('path', { class: 'edge', d: edgePath(edge), 'marker-end': 'url(#arrow)' });
    target.append(edge.path);
  }
  for (const node of layout.nodes) {
    const group = drawNode(node);
    target.append(group);
    if (node.label && (node.after.length || node.isOutput)) {
      const at = { x: Math.round(node.x + 7), y: Math.round(node.y + node.height + 14) };
      target.append(draw('text', { class: 'shape', ...at }, node.label));
    }
    if (node.isOutput && !node.after.length) {
      const y = Math.round(node.y + node.height);
      target.append(draw('path', { class: 'edge', d: `M${Math.round(node.x)} ${y}v20`, 'marker-end': 'url(#arrow)' }));
    }
    if (!node.inner) continue;
    const inside = draw('g', { transform: `translate(${Math.round((node.width - node.inner.width) / 2)} ${HEAD})` });
    group.append(inside);
    drawLayout(node.inner, inside);
  }
}

function render() {
  view.layout = layoutNetwork(0, '', view.open);
  view.order = allNodes(view.layout, []);
  view.nodes = new Map(view.order.map(node => [node.key, node]));
  const width = Math.ceil(view.layout.width + 2 * PAD), height = Math.ceil(view.layout.height + 2 * PAD);
  const svg = draw('svg', { role: 'group', viewBox: `0 0 ${width} ${height}` });
  svg.setAttribute('aria-label', 'The graph of layers; arrow keys follow its edges');
  const arrow = draw('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, orient: 'auto' });
  for (const side of ['markerWidth', 'markerHeight']) arrow.setAttribute(side, 8);
  arrow.setAttribute('markerUnits', 'userSpaceOnUse');
  arrow.append(draw('path', { d: 'M0 0L8 4L0 8z', style: 'fill: var(--edge)' }));
  const definitions = draw('defs');
  definitions.append(arrow);
  const stage = draw('g', { transform: `translate(${PAD} ${PAD})` });
  svg.append(definitions, stage);
  drawLayout(view.layout, stage);
  get('graph').replaceChildren(svg);
  view.svg = svg, view.size = [width, height];
  get('work').classList.toggle('short', height * view.scale < 0.7 * window.innerHeight);
  zoom(view.scale);
  mark();
  const first = view.nodes.get(view.chosen) || view.order[0];
  if (first) first.group.setAttribute('tabindex', 0);
}

function zoom(scale) {
  view.scale = Math.min(4, Math.max(0.02, scale));
  view.svg.setAttribute('width', Math.round(view.size[0] * view.scale));
  view.svg.setAttribute('height', Math.round(view.size[1] * view.scale));
}

function mark() {
  for (const node of view.order) {
    node.group.classList.toggle('chosen', node.key === view.chosen);
    node.group.classList.toggle('found', view.found.has(node.layer));
  }
  const near = layout => {
    for (const edge of layout.edges)
      edge.path.classList.toggle('near', edge.from.key === view.chosen || edge.to.key === view.chosen);
    for (const node of layout.nodes) if (node.inner) near(node.inner);
  };
  near(view.layout);
}
)js";

}  // namespace keraunos::cli
