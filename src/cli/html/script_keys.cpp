// Selecting, searching and folding, by mouse and keyboard.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kScriptKeys = R"js(
function choose(key, focus) {
  const before = view.nodes.get(view.chosen), node = view.nodes.get(key);
  if (!node) return;
  const stop = get('graph').querySelector('.node[tabindex="0"]');
  if (stop) stop.setAttribute('tabindex', -1);
  if (before) before.group.setAttribute('tabindex', -1);
  view.chosen = key;
  node.group.setAttribute('tabindex', 0);
  mark();
  showDetails(node);
  if (focus) node.group.focus({ preventScroll: true });
  bringIntoSight(node);
}

function bringIntoSight(node) {
  const area = get('graph'), box = area.getBoundingClientRect(), at = node.group.querySelector('rect').getBoundingClientRect();
  if (at.top < box.top || at.bottom > box.bottom) area.scrollTop += (at.top + at.bottom - box.top - box.bottom) / 2;
  if (at.left < box.left || at.right > box.right) area.scrollLeft += (at.left + at.right - box.left - box.right) / 2;
}

function toggle(key) {
  const node = view.nodes.get(key);
  if (!node || !node.isModel) return;
  if (view.open.has(key)) view.open.delete(key);
  else view.open.add(key);
  render();
  search();
  choose(key, true);
}

// Neighbours in a rank, from left to right; models that are unfolded have ranks of their own.
function besides(node, step) {
  const around = node.key.includes('/') ? view.nodes.get(node.key.slice(0, node.key.lastIndexOf('/'))).inner : view.layout;
  const rank = around.nodes.filter(n => n.rank === node.rank).sort((a, b) => a.x - b.x);
  return rank[rank.indexOf(node) + step];
}

function nextNode(node, key) {
  if (key === 'ArrowDown') return node.after[0] || (node.inner && node.inner.nodes[0]);
  if (key === 'ArrowUp') return node.before[0];
  if (key === 'ArrowLeft') return besides(node, -1);
  if (key === 'ArrowRight') return node.inner ? node.inner.nodes[0] : besides(node, 1);
  if (key === 'Escape' && node.key.includes('/')) return view.nodes.get(node.key.slice(0, node.key.lastIndexOf('/')));
  if (key === 'Home') return view.order[0];
  if (key === 'End') return view.order[view.order.length - 1];
  return undefined;
}

function onKey(event) {
  const group = event.target.closest('.node');
  if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
  const node = view.nodes.get(group.dataset.key);
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    if (node.isModel) toggle(node.key);
    else choose(node.key, true);
    return;
  }
  const next = nextNode(node, event.key);
  if (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End') event.preventDefault();
  if (next) choose(next.key, true);
}

// Unfolds every model, those inside others too, but draws no more than so many nodes.
const MOST_DRAWN = 6000;
function unfoldAll() {
  for (;;) {
    const closed = view.order.filter(node => node.isModel && !node.inner);
    const added = closed.reduce((sum, node) => sum + DATA.networks[node.layer.network].nodes.length, 0);
    if (!closed.length || view.order.length + added > MOST_DRAWN) return;
    for (const node of closed) view.open.add(node.key);
    render();
  }
}

function foldOrUnfold() {
  if (view.open.size) view.open.clear(), render();
  else unfoldAll();
  get('fold').textContent = view.open.size ? 'Fold models' : 'Unfold models';
  search();
}

// Layers inside folded models are found, too; Enter unfolds what is around the next one.
function search() {
  const wanted = get('search').value.trim().toLowerCase();
  const fits = layer => [layer.path, layer.class_name].some(text => text.toLowerCase().includes(wanted));
  view.found = new Set(wanted ? DATA.layers.filter(fits) : []);
  const drawn = new Set(view.order.map(node => node.layer)), hidden = [...view.found].filter(layer => !drawn.has(layer)).length;
  get('found').textContent = !wanted ? '' : view.found.size + (view.found.size === 1 ? ' layer' : ' layers') +
    (hidden ? ', ' + hidden + ' in folded models' : '');
  mark();
}

function nextFound(event) {
  const paths = [...view.found].map(layer => layer.path);
  if (event.key !== 'Enter' || !paths.length) return;
  event.preventDefault();
  const chosen = view.nodes.get(view.chosen), at = chosen ? paths.indexOf(chosen.path) : -1;
  const step = event.shiftKey ? paths.length - 1 : 1;
  reveal(paths[at < 0 ? 0 : (at + step) % paths.length], false);
  search();
}

// Shows the layer of a path, inside folded models too.
function reveal(path, focus = true) {
  const find = (number, prefix) => {
    const nodes = DATA.networks[number].nodes;
    for (let i = 0; i < nodes.length; ++i) {
      const layer = nodes[i] < 0 ? null : DATA.layers[nodes[i]];
      if (!layer || (layer.path !== path && !path.startsWith(layer.path + '/'))) continue;
      if (layer.network === null || layer.path === path) return prefix + i;
      const inside = find(layer.network, prefix + i + '/');
      if (!inside) return prefix + i;
      view.open.add(prefix + i);
      return inside;
    }
    return null;
  };
  const open = view.open.size, key = find(0, '');
  if (!key) return;
  if (view.open.size !== open) render();
  get('graph').scrollIntoView({ block: 'nearest' });
  choose(key, focus);
}
)js";

}  // namespace keraunos::cli
