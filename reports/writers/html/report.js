// SPDX-License-Identifier: Apache-2.0
// Tables that are sorted, filtered and picked from, the tree, the colour scheme. Every text reaches
// the page through textContent, never as markup. charts.js follows in the same script.
'use strict';

// An element with attributes; a function is the listener of the event of its name.
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const UNITS = {
  '': 1, '%': 1, k: 1e3, m: 1e6, g: 1e9, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, s: 1, ms: 1e-3, 'µs': 1e-6, us: 1e-6,
};
const COMPARE = {
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
};

const numberOf = (cell) => (cell.dataset.v === undefined ? NaN : Number(cell.dataset.v));

// "pointwise macs<=150M" as a test of a row, or a message: every word is in the row, every condition
// holds for its column.
function rowFilter(text, table) {
  const tests = [];
  const terms = text.replace(/\s*(<=|>=|<|>|=)\s*/g, '$1').trim().toLowerCase().split(/\s+/);
  for (const term of terms.filter((each) => each)) {
    const parts = /^([^<>=]+)(<=|>=|<|>|=)(.*)$/.exec(term);
    if (!parts) {
      tests.push((row) => row.textContent.toLowerCase().includes(term));
      continue;
    }
    const [, name, operator, value] = parts;
    const at = table.columns.findIndex((c) => c.key.toLowerCase() === name || c.title.toLowerCase() === name);
    if (at < 0) return `no column '${name}'; there are ${table.columns.map((c) => c.key).join(', ')}`;
    const figure = /^([-+]?[\d.]+(?:e[-+]?\d+)?)\s*([a-zµ%]*)$/.exec(value);
    if (!figure || !(figure[2] in UNITS)) {
      if (operator !== '=' || !value) return `'${value}' is no number`;
      tests.push((row) => table.cell(row, at).textContent.trim().toLowerCase() === value);
      continue;
    }
    const bound = Number(figure[1]) * UNITS[figure[2]];
    tests.push((row) => COMPARE[operator](numberOf(table.cell(row, at)), bound));
  }
  return (row) => tests.every((test) => test(row));
}

const csvField = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function download(name, text) {
  const link = element('a', {href: URL.createObjectURL(new Blob([text], {type: 'text/csv'})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const MOST_PICKED = 6;

class DataTable {
  constructor(box) {
    this.box = box;
    this.name = box.dataset.name;
    this.table = box.querySelector('table');
    this.body = this.table.tBodies[0];
    this.rows = [...this.body.rows];
    this.heads = [...this.table.tHead.rows[0].cells];
    this.columns = this.heads.map((head) => ({key: head.dataset.key, title: head.textContent}));
    this.shift = 0;    // 1 when there is a column of check boxes
    this.picked = [];  // numbers of rows, in the order in which they were picked
    this.changed = () => {};
    this.tree = box.classList.contains('tree');
    this.status = element('span', {class: 'soft', role: 'status'});
    this.addControls();
    if (this.tree) this.addFolds();
    else this.addSorting();
  }

  cell(row, column) { return row.cells[column + this.shift]; }

  addControls() {
    const bar = element('div', {class: 'bar'});
    if (this.rows.length > 8) {
      this.input = element('input', {
        type: 'search', placeholder: 'filter: words, macs>1M', 'aria-label': `filter the table ${this.name}`,
        input: () => this.filter(),
      });
      bar.append(this.input);
    }
    if (this.tree) {
      bar.append(element('button', {type: 'button', click: () => this.foldAll(false)}, 'open all'));
      bar.append(element('button', {type: 'button', click: () => this.foldAll(true)}, 'close all'));
    } else {
      bar.append(element('button', {type: 'button', click: () => download(`${this.name}.csv`, this.csv())}, 'CSV'));
    }
    bar.append(this.status);
    this.box.prepend(bar);
  }

  csv() {
    const whole = this.box.querySelector('script');
    if (whole) return JSON.parse(whole.textContent);
    const line = (cells) => cells.map(csvField).join(',') + '\n';
    const total = this.table.tFoot ? [...this.table.tFoot.rows] : [];
    const raw = (row) => this.columns.map((_, c) => this.cell(row, c).dataset.v ?? this.cell(row, c).textContent);
    return line(this.columns.map((c) => c.key)) + [...this.rows, ...total].map((row) => line(raw(row))).join('');
  }

  addSorting() {
    this.heads.forEach((head, column) => {
      const button = element('button', {type: 'button', click: () => this.sort(column)});
      button.append(...head.childNodes);
      head.append(button);
    });
  }

  // Numbers: the largest first, then the smallest, then as it was. Texts: from A.
  sort(column) {
    const head = this.heads[column], number = head.classList.contains('n');
    const cycle = number ? ['descending', 'ascending', null] : ['ascending', 'descending', null];
    const next = cycle[(cycle.indexOf(head.getAttribute('aria-sort')) + 1) % 3];
    for (const each of this.heads) each.removeAttribute('aria-sort');
    let order = this.rows;
    if (next) {
      head.setAttribute('aria-sort', next);
      const sign = next === 'ascending' ? 1 : -1;
      const keys = new Map(this.rows.map((row) => {
        const cell = this.cell(row, column);
        return [row, cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v)];
      }));
      const none = (key) => key === '' || Number.isNaN(key);
      order = [...this.rows].sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        if (none(x) || none(y)) return none(x) - none(y);  // what is unknown comes last
        if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
        return sign * String(x).localeCompare(String(y), 'en', {numeric: true});
      });
    }
    this.body.append(...order);
  }

  filter() {
    const test = rowFilter(this.input.value, this);
    const wrong = typeof test === 'string';
    this.input.setAttribute('aria-invalid', wrong);
    if (wrong) {
      this.status.textContent = test;
      return;
    }
    this.passing = this.input.value.trim() ? new Set(this.rows.filter(test)) : null;
    this.show();
    this.status.textContent = this.passing ? `${this.passing.size} of ${this.rows.length} rows` : '';
    this.changed();
  }

  passes(number) { return !this.passing || this.passing.has(this.rows[number]); }

  show() {
    if (!this.tree) {
      for (const row of this.rows) row.hidden = this.passing ? !this.passing.has(row) : false;
      return;
    }
    // Of a tree the rows above what passes are seen too.
    const seen = new Set();
    if (this.passing) for (let row of this.passing) for (; row; row = this.parent.get(row)) seen.add(row);
    for (const row of this.rows) {
      const parent = this.parent.get(row);
      row.hidden = this.passing ? !seen.has(row) : Boolean(parent && (parent.hidden || this.closed.has(parent)));
      if (!row.fold) continue;
      const open = Boolean(this.passing) || !this.closed.has(row);
      row.fold.textContent = open ? '\u25BE' : '\u25B8';
      row.fold.setAttribute('aria-expanded', open);
    }
  }

  // ---- the tree

  addFolds() {
    this.parent = new Map();
    this.closed = new Set();
    const above = [];
    this.rows.forEach((row, k) => {
      const level = Number(row.dataset.level);
      above.length = level;
      this.parent.set(row, above[level - 1]);
      above.push(row);
      const cell = row.cells[0], has = Number(this.rows[k + 1]?.dataset.level) > level;
      cell.classList.add(`in${Math.min(level, 6)}`);
      if (!has) {
        cell.prepend(element('span', {class: 'leaf'}));
        return;
      }
      row.fold = element('button', {
        type: 'button', class: 'fold', 'aria-label': `parts of ${cell.textContent}`,
        click: () => this.fold(row, !this.closed.has(row)), keydown: (event) => this.foldKey(event, row),
      });
      cell.prepend(row.fold);
      this.closed.add(row);
    });
    this.show();
  }

  fold(row, closed) {
    if (closed) this.closed.add(row);
    else this.closed.delete(row);
    this.show();
  }

  foldAll(closed) {
    for (const row of this.rows) if (row.fold) this.closed[closed ? 'add' : 'delete'](row);
    this.show();
  }

  foldKey(event, row) {
    const folds = this.rows.filter((each) => each.fold && !each.hidden);
    const near = (step) => folds[folds.indexOf(row) + step]?.fold.focus();
    const parent = this.parent.get(row);
    const keys = {
      ArrowRight: () => this.fold(row, false),
      ArrowLeft: () => (this.closed.has(row) && parent ? parent.fold.focus() : this.fold(row, true)),
      ArrowDown: () => near(1), ArrowUp: () => near(-1),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  // ---- picking, where a chart shows the rows as points

  addPicking(label) {
    this.label = label;
    this.shift = 1;
    this.table.tHead.rows[0].prepend(element('th', {class: 'pick'}, element('span', {}, 'pick')));
    this.rows.forEach((row, k) => {
      row.box = element('input', {type: 'checkbox', 'aria-label': `pick ${label(k)}`, change: () => this.pick(k)});
      row.prepend(element('td', {class: 'pick'}, row.box));
    });
    if (this.table.tFoot) this.table.tFoot.rows[0].prepend(element('td', {class: 'pick'}));
  }

  pick(k) {
    if (this.picked.includes(k)) this.picked = this.picked.filter((each) => each !== k);
    else this.picked = [...this.picked, k].slice(-MOST_PICKED);
    this.showPicked();
  }

  showPicked() {
    this.rows.forEach((row, k) => {
      const picked = this.picked.includes(k);
      row.box.checked = picked;
      row.classList.toggle('picked', picked);
    });
    this.changed();
  }

  // The picked rows as columns, with ratios to the first.
  comparison() {
    const head = element('tr', {}, element('th', {}, element('span', {}, '')));
    this.picked.forEach((k, n) => head.append(element('th', {scope: 'col'}, element('span', {}, `${n + 1}: ${this.label(k)}`))));
    const body = element('tbody', {});
    this.columns.forEach((column, c) => {
      const cells = this.picked.map((k) => this.cell(this.rows[k], c));
      if (cells.every((cell) => !cell.textContent)) return;
      const row = element('tr', {}, element('th', {scope: 'row'}, column.title || column.key));
      const first = numberOf(cells[0]);
      cells.forEach((cell, n) => {
        const ratio = numberOf(cell) / first;
        row.append(element('td', {class: this.heads[c].classList.contains('n') ? 'n' : 'wrap'}, cell.textContent,
          ...(n > 0 && Number.isFinite(ratio) ? [element('i', {}, `\u00D7 ${ratio.toPrecision(3)}`)] : [])));
      });
      body.append(row);
    });
    return element('div', {class: 'scroll', tabindex: 0}, element('table', {class: 'compare'}, element('thead', {}, head), body));
  }
}

const tables = new Map();
for (const box of document.querySelectorAll('.data')) tables.set(box.dataset.name, new DataTable(box));

// ---- colours, contents, print

{
  const schemes = ['auto', 'light', 'dark'];
  let scheme = 0;
  const button = element('button', {type: 'button', class: 'theme', click: () => {
    scheme = (scheme + 1) % schemes.length;
    if (scheme === 0) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = schemes[scheme];
    button.textContent = `colours: ${schemes[scheme]}`;
  }}, 'colours: auto');
  document.querySelector('header').append(button);
  const contents = document.querySelector('nav details');
  if (contents) contents.open = innerWidth >= 1100;
}
