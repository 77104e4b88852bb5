// The plan's steps as a sortable table, memory over steps as bars, notes.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kScriptTables = R"js(
function microseconds(ns) {
  const us = ns / 1000;
  return us >= 1e6 ? (us / 1e6).toFixed(2) + ' s' : us >= 1e3 ? (us / 1e3).toFixed(2) + ' ms' : us.toFixed(2) + ' µs';
}

function percent(share) { return (100 * share).toFixed(1) + ' %'; }

// By layer: of its steps' times together; a step of several layers counts for each.
const SHARES = new Map();
SHARES.most = 0;
SHARES.total = 0;
SHARES.ofStep = 0;
function countShares() {
  if (!DATA.times) return;
  for (const time of DATA.times) SHARES.total += time.median_ns;
  DATA.plan.steps.forEach((step, i) => {
    const share = SHARES.total ? DATA.times[i].median_ns / SHARES.total : 0;
    SHARES.ofStep = Math.max(SHARES.ofStep, share);
    for (const layer of new Set(layersOf(step))) {
      for (let path = layer; path; path = path.slice(0, Math.max(0, path.lastIndexOf('/'))))
        SHARES.set(path, (SHARES.get(path) || 0) + share);
    }
  });
  for (const share of SHARES.values()) SHARES.most = Math.max(SHARES.most, share);
}

const COLUMNS = [
  ['Step', 'number', (s, i) => i],
  ['Operation', 'name', s => s.part ? s.part + ': ' + s.operation : s.operation],
  ['Layer', 'name', s => s.layer],
  ['Kernel', 'name', s => s.kernel],
  ['Support', '', s => s.support],
  ['FLOPs', 'number', s => s.flops, flopsText],
  ['Read', 'number', s => s.bytes_read, bytesText],
  ['Written', 'number', s => s.bytes_written, bytesText],
];
const TIMED = [
  ['Time', 'number', (s, i) => DATA.times[i].median_ns, microseconds],
  ['Share', 'number', (s, i) => SHARES.total ? DATA.times[i].median_ns / SHARES.total : 0, share => percent(share)],
];

// Links to the layers of a step or a note.
function appendLayers(target, text) {
  splitLayers(text).forEach((part, i) => {
    if (i % 2) return target.append(part);
    const link = make('button', { class: 'link', type: 'button' }, part);
    link.addEventListener('click', () => reveal(withoutCall(part)));
    target.append(link);
  });
}

function stepCell(column, step, index) {
  const value = column[2](step, index), text = column[3] ? column[3](value) : String(value);
  const cell = make('td', { class: column[1] });
  if (column[0] === 'Share') {
    const width = Math.round(50 * value / (SHARES.ofStep || 1));
    cell.append(make('span', { class: 'meter', style: `width: ${width}px` }));
  }
  if (column[0] === 'Support') {
    cell.className = step.support;
    cell.append(text + (step.reason ? ': ' + step.reason : ''));
  } else if (column[0] === 'Layer' && text) {
    appendLayers(cell, text);
  } else {
    cell.append(text);
  }
  return cell;
}

function sortRows(body, rows, column, upwards) {
  rows.sort((a, b) => {
    const x = column[2](a.step, a.index), y = column[2](b.step, b.index);
    const order = typeof x === 'number' ? x - y : String(x).localeCompare(String(y));
    return (upwards ? order : -order) || a.index - b.index;
  });
  body.replaceChildren(...rows.map(row => row.element));
}

function fillSteps() {
  const target = get('steps-body');
  if (!DATA.plan) {
    target.append(make('p', {}, 'There is no plan: the model cannot run.'));
    return;
  }
  const columns = DATA.times ? [...COLUMNS.slice(0, 3), ...TIMED, ...COLUMNS.slice(3)] : COLUMNS;
  const table = make('table', { 'aria-label': 'Steps of the plan' }), head = make('tr'), body = make('tbody');
  const rows = DATA.plan.steps.map((step, index) => {
    const element = make('tr', step.depth ? { class: 'inside' } : {});
    for (const column of columns) element.append(stepCell(column, step, index));
    return { step, index, element };
  });
  for (const column of columns) {
    const title = make('th', { scope: 'col', class: column[1] }), button = make('button', { type: 'button' }, column[0]);
    button.addEventListener('click', () => {
      const before = title.getAttribute('aria-sort');  // numbers begin with the largest, texts with the first
      const upwards = before ? before === 'descending' : column[1] !== 'number';
      for (const other of head.children) other.removeAttribute('aria-sort');
      title.setAttribute('aria-sort', upwards ? 'ascending' : 'descending');
      sortRows(body, rows, column, upwards);
    });
    title.append(button);
    head.append(title);
  }
  body.append(...rows.map(row => row.element));
  const top = make('thead'), scroll = make('div', { class: 'scroll', tabindex: 0, role: 'region' });
  scroll.setAttribute('aria-label', 'Steps of the plan');
  top.append(head);
  table.append(top, body);
  scroll.append(table);
  target.append(make('p', { class: 'soft' }, stepsText()), scroll);
}

function stepsText() {
  const plan = DATA.plan, slow = plan.steps.filter(step => step.support !== 'fast').length;
  let text = `${plan.steps.length} steps for ${plan.rows} ${plan.rows === 1 ? 'row' : 'rows'} on ${plan.device}; `;
  text += slow ? `${slow} of them not by a fast kernel. ` : 'all by fast kernels. ';
  if (DATA.times) text += `Times are medians of ${DATA.runs} runs; a whole run takes ${microseconds(DATA.untimed_ns)}. `;
  return text + 'A title sorts by its column.';
}

function fillMemory() {
  const target = get('memory-body'), live = DATA.live_bytes || [];
  const most = Math.max(0, ...live);
  if (!DATA.plan || !most) {
    target.append(make('p', {}, 'No intermediate result lies in the arena.'));
    return;
  }
  const memory = DATA.plan.memory, peak = live.indexOf(most), numbers = [];
  DATA.plan.steps.forEach((step, i) => { if (step.depth === 0) numbers.push(i); });
  const outer = numbers.map(i => DATA.plan.steps[i]);
  const words = `At most ${bytesText(most)} of intermediate results at a time, in step ${numbers[peak]} ` +
    `(${outer[peak].layer || outer[peak].operation}). The arena has ${bytesText(memory.arena)}, workspace included; ` +
    `all results without sharing would take ${bytesText(memory.intermediate)}; weights and constants take ` +
    `${bytesText(memory.constants)}.`;
  const width = Math.max(1000, live.length * 2), bar = width / live.length;
  const chart = draw('svg', { viewBox: `0 0 ${width} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': words });
  live.forEach((bytes, i) => {
    const height = 96 * bytes / most;
    const rect = draw('rect', { x: i * bar, y: 100 - height, width: Math.max(bar * .9, .8), height });
    if (i === peak) rect.setAttribute('class', 'peak');
    rect.append(draw('title', {}, `step ${numbers[i]}, ${outer[i].layer || outer[i].operation}: ${bytesText(bytes)}`));
    chart.append(rect);
  });
  target.append(make('p', { class: 'soft' }, words), chart);
}

function fillNotes() {
  const target = get('notes-body'), notes = DATA.plan ? DATA.plan.notes : [];
  if (!notes.length) {
    target.append(make('p', {}, DATA.plan ? 'Nothing was left undone.' : 'There is no plan: the model cannot run.'));
    return;
  }
  const list = make('ul');
  for (const note of notes) {
    const entry = make('li');
    if (note.layer) {
      appendLayers(entry, note.layer);
      entry.append(': ');
    }
    entry.append(note.text);
    list.append(entry);
  }
  target.append(list);
}
)js";

}  // namespace keraunos::cli
