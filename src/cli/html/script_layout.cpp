// Positions of layers: ranks by the longest path from an input, few crossings by the barycentre method, columns by neighbours.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kScriptLayout = R"js(
const GAP_X = 26, GAP_Y = 40, BOX_H = 42, PAD = 18, HEAD = 30, MOST_BENDS = 20000;
const pen = document.createElement('canvas').getContext('2d');
function textWidth(text, size) {
  pen.font = size + 'px system-ui, "DejaVu Sans", sans-serif';
  return pen.measureText(text).width;
}
function cut(text, most) { return text.length > most ? text.slice(0, most - 1) + '…' : text; }

// A node of a network as it is drawn: its texts, and its size. `key` names it among all that are drawn.
function describeNode(network, index, prefix) {
  const number = network.nodes[index], layer = number < 0 ? null : DATA.layers[number];
  const input = network.inputs.find(i => i.node === index);
  const outputs = layer && layer.outputs.length ? layer.outputs : input && input.type ? [input.type] : [];
  return {
    key: prefix + index, index, number, layer, outputs,
    name: layer ? layer.name : input ? input.name : 'input', kind: layer ? layer.class_name : 'Input',
    path: layer ? layer.path : '', isInput: !layer || layer.is_input, isOutput: network.outputs.includes(index),
    before: [], after: [], inner: null,
  };
}

function measure(node) {
  const label = node.outputs.length ? cut(node.outputs[0], 44) : '';
  node.label = node.outputs.length > 1 ? label + ' and ' + (node.outputs.length - 1) + ' more' : label;
  node.title = cut(node.name, 34), node.subtitle = cut(node.kind, 38);
  node.width = Math.max(90, textWidth(node.title, 12) + 34, textWidth(node.subtitle, 11) + 34);
  node.height = BOX_H;
  if (node.inner) {
    node.width = Math.max(node.width, node.inner.width + 2 * PAD);
    node.height = node.inner.height + HEAD + PAD;
  }
  node.left = node.width / 2;
  node.right = Math.max(node.width / 2, node.after.length || node.isOutput ? textWidth(node.label, 10.5) + 12 : 0);
}

function rankNodes(nodes) {
  for (const node of nodes) node.rank = node.before.reduce((most, b) => Math.max(most, b.rank + 1), 0);
  for (let i = nodes.length - 1; i >= 0; --i) {  // an input stands just above what it feeds
    const node = nodes[i];
    if (!node.before.length && node.after.length) node.rank = Math.min(...node.after.map(a => a.rank)) - 1;
  }
  const least = nodes.reduce((l, n) => Math.min(l, n.rank), 0);
  for (const node of nodes) node.rank -= least;
}

// Edges over several ranks bend at a point in each.
function withBends(nodes, edges) {
  const ranks = [];
  const put = item => { (ranks[item.rank] = ranks[item.rank] || []).push(item); };
  nodes.forEach(put);
  for (const item of nodes) item.up = [], item.down = [];
  const bends = edges.reduce((sum, e) => sum + Math.max(0, e.to.rank - e.from.rank - 1), 0);
  for (const edge of edges) {
    let last = edge.from;
    edge.bends = [];
    for (let rank = edge.from.rank + 1; bends <= MOST_BENDS && rank < edge.to.rank; ++rank) {
      const bend = { rank, left: 4, right: 4, height: 0, up: [last], down: [] };
      last.down.push(bend);
      put(bend), edge.bends.push(bend);
      last = bend;
    }
    last.down.push(edge.to), edge.to.up.push(last);
  }
  for (let i = 0; i < ranks.length; ++i) ranks[i] = ranks[i] || [];
  return ranks;
}

function orderRanks(ranks) {
  const number = rank => rank.forEach((item, i) => { item.place = i; });
  ranks.forEach(number);
  if (ranks.every(rank => rank.length < 2)) return;
  for (let sweep = 0; sweep < 8; ++sweep) {
    const down = sweep % 2 === 0;
    for (let k = 0; k < ranks.length; ++k) {
      const rank = ranks[down ? k : ranks.length - 1 - k];
      for (const item of rank) {
        const near = down ? item.up : item.down;
        item.wish = near.length ? near.reduce((sum, n) => sum + n.place, 0) / near.length : item.place;
      }
      rank.sort((a, b) => a.wish - b.wish || a.place - b.place);
      number(rank);
    }
  }
}

// Columns of a rank: the least squares of what items wish, with the distances that they need (isotonic regression: neighbours
// that push one another move as one block).
function spread(rank) {
  const blocks = [];
  let offset = 0;
  rank.forEach((item, i) => {
    if (i) offset += rank[i - 1].right + GAP_X + item.left;
    item.offset = offset;
    let block = { sum: item.wish - offset, weight: 1, items: [item] };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
      const last = blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, items: last.items.concat(block.items) };
    }
    blocks.push(block);
  });
  for (const block of blocks) for (const item of block.items) item.x = block.sum / block.weight + item.offset;
}

// Items that follow one another without a fork stand below one another, as far as their neighbours leave room.
function straighten(ranks) {
  const follows = item => item.up.length === 1 && item.up[0].down.length === 1;
  const room = item => {
    const rank = ranks[item.rank], before = rank[item.place - 1], after = rank[item.place + 1];
    return [before ? before.x + before.right + GAP_X + item.left : -Infinity,
            after ? after.x - after.left - GAP_X - item.right : Infinity];
  };
  const settle = (run, low, high) => {
    const mean = run.reduce((sum, item) => sum + item.x, 0) / run.length;
    for (const item of run) item.x = Math.min(high, Math.max(low, mean));
  };
  for (const first of ranks.flat()) {
    if (follows(first)) continue;
    let run = [], low = -Infinity, high = Infinity;
    for (let item = first; item; item = item.down.length === 1 && follows(item.down[0]) ? item.down[0] : null) {
      const [left, right] = room(item);
      if (Math.max(low, left) > Math.min(high, right)) settle(run, low, high), run = [], low = -Infinity, high = Infinity;
      run.push(item), low = Math.max(low, left), high = Math.min(high, right);
    }
    settle(run, low, high);
  }
}

function placeColumns(ranks) {
  for (const rank of ranks) {
    for (const item of rank) item.wish = 0;
    spread(rank);
  }
  for (let sweep = 0; sweep < 20; ++sweep) {
    const down = sweep % 2 === 0;
    for (let k = 0; k < ranks.length; ++k) {
      const rank = ranks[down ? k : ranks.length - 1 - k];
      for (const item of rank) {
        const near = sweep > 15 ? item.up.concat(item.down) : down ? item.up : item.down;
        item.wish = near.length ? near.reduce((sum, n) => sum + n.x, 0) / near.length : item.x;
      }
      spread(rank);
    }
  }
  for (let pass = 0; pass < 3; ++pass) straighten(ranks);
}

// {nodes, edges, width, height} of a network; models in `open` are drawn with what is inside them.
function layoutNetwork(number, prefix, open) {
  const network = DATA.networks[number];
  const nodes = network.nodes.map((_, index) => describeNode(network, index, prefix));
  const joined = new Set(), edges = [];
  for (const [from, to, output] of network.edges) {
    const edge = from + ' ' + to;
    if (joined.has(edge) || from === to) continue;
    joined.add(edge);
    edges.push({ from: nodes[from], to: nodes[to], output });
    nodes[from].after.push(nodes[to]), nodes[to].before.push(nodes[from]);
  }
  for (const node of nodes) {
    node.isModel = node.layer !== null && node.layer.network !== null;
    if (node.isModel && open.has(node.key)) node.inner = layoutNetwork(node.layer.network, node.key + '/', open);
    measure(node);
  }
  rankNodes(nodes);
  const ranks = withBends(nodes, edges);
  orderRanks(ranks);
  placeColumns(ranks);
  let y = 0, left = 0, right = 0;
  for (const rank of ranks) {
    const height = rank.reduce((most, item) => Math.max(most, item.height), 0);
    for (const item of rank) {
      item.y = y, item.floor = y + height;
      left = Math.min(left, item.x - item.left), right = Math.max(right, item.x + item.right);
    }
    y += height + GAP_Y;
  }
  for (const rank of ranks) for (const item of rank) item.x -= left;
  const labelled = nodes.some(node => node.isOutput && node.label) ? 0 : GAP_Y / 2;
  return { nodes, edges, width: right - left, height: Math.max(y - labelled - GAP_Y / 2, BOX_H) };
}
)js";

}  // namespace keraunos::cli
