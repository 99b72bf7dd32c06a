// SPDX-License-Identifier: Apache-2.0
// Pictures from their figures, as SVG. painters.js has a painter for each kind. A painter adds shapes
// and "hits": places with a text, which the pointer and the arrow keys find.

const SVG_SPACE = 'http://www.w3.org/2000/svg';

function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG_SPACE, tag);
  for (const [name, value] of Object.entries(attributes))
    node.setAttribute(name, typeof value === 'number' ? Math.round(value * 100) / 100 : value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function shown(value) {
  if (!Number.isFinite(value)) return '';
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['K', 1e4]])
    if (Math.abs(value) >= size) return `${Number((value / (unit === 'K' ? 1e3 : size)).toPrecision(4))}${unit}`;
  return String(Number(value.toPrecision(4)));
}

function linearTicks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((digit) => digit * power >= raw * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) ticks.push(k * step);
  return ticks;
}

function logTicks(low, high) {
  const digits = high / low > 500 ? [1] : [1, 2, 5], ticks = [];
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10)
    for (const digit of digits) if (digit * decade >= low && digit * decade <= high) ticks.push(digit * decade);
  return ticks;
}

// From values to pixels.
function scaleOf(low, high, from, to, log) {
  if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 1, high + 1];
  const f = log ? Math.log : (v) => v, a = f(low), b = f(high);
  const scale = (value) => from + ((f(value) - a) / (b - a)) * (to - from);
  scale.ticks = (count) => (log ? logTicks(low, high) : linearTicks(low, high, count));
  return scale;
}

// The ends of an axis with room around the values.
function around(values, log) {
  const low = Math.min(...values), high = Math.max(...values);
  if (log) {
    const room = Math.max(1.15, (high / low) ** 0.06);
    return [low / room, high * room];
  }
  const room = high > low ? 0.06 * (high - low) : Math.max(1, 0.1 * Math.abs(high));
  return [low - room, high + room];
}

// A mark of the k-th group: colours are never alone.
function marker(k, x, y, size, style) {
  const r = size, d = [
    `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`, `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    `M0 ${-1.3 * r}L${1.2 * r} ${r}H${-1.2 * r}z`, `M0 ${-1.4 * r}L${1.4 * r} 0L0 ${1.4 * r}L${-1.4 * r} 0z`,
    `M0 ${1.3 * r}L${1.2 * r} ${-r}H${-1.2 * r}z`,
  ][k % 5];
  return shape('path', {d, transform: `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})`, class: style});
}

// Names are cut in the middle: both ends tell them apart.
function cut(text, most) {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 2);
  return `${text.slice(0, Math.max(1, most - 1 - tail))}\u2026${text.slice(text.length - tail)}`;
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector('script').textContent);
    this.hidden = new Set();  // groups
    this.current = -1;
    this.plot = element('div', {
      class: 'plot', tabindex: 0, role: 'group', 'aria-roledescription': 'chart',
      'aria-label': `${this.data.alt} Arrow keys move between its points${this.data.points_of ? ', Enter picks one' : ''}.`,
      keydown: (event) => this.key(event), pointermove: (event) => this.point(event),
      pointerleave: () => this.leave(), blur: () => this.leave(), click: (event) => this.click(event),
    });
    this.legend = element('div', {class: 'legend'});
    this.tip = element('div', {class: 'tip', role: 'status', hidden: ''});
    figure.prepend(this.legend, this.plot);
    this.addFigures();
    const rows = tables.get(this.data.points_of);
    if (rows && rows.rows.length === this.data.rows.length) this.link(rows);
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      new ResizeObserver(() => this.draw()).observe(this.plot);
    }, {rootMargin: '300px'}).observe(figure);
  }

  // The figures of the picture as a table, made when it is opened.
  addFigures() {
    const {columns, rows, name} = this.data;
    const details = element('details', {class: 'figures'}, element('summary', {class: 'note'}, 'figures of the picture'));
    details.addEventListener('toggle', () => {
      if (!details.open || details.children.length > 1) return;
      const number = columns.map((_, c) => rows.some((row) => typeof row[c] === 'number'));
      const head = element('tr', {});
      columns.forEach((c, k) => head.append(element('th', {scope: 'col', 'data-key': c.key, class: number[k] ? 'n' : ''}, c.title)));
      const body = element('tbody', {});
      for (const row of rows) {
        const line = element('tr', {});
        row.forEach((v, k) => line.append(element('td', number[k] ? {class: 'n', 'data-v': v ?? undefined} : {},
          v === null ? '' : typeof v === 'number' ? String(v) : v)));
        body.append(line);
      }
      const box = element('div', {class: 'data', 'data-name': name},
        element('div', {class: 'scroll', tabindex: 0}, element('table', {}, element('thead', {}, head), body)));
      details.append(box);
      new DataTable(box);
    });
    this.figure.append(details);
  }

  // Points are the rows of a table: one is picked in both.
  link(table) {
    this.table = table;
    this.compare = element('div', {});
    this.figure.append(this.compare);
    table.addPicking((k) => this.data.rows[k][1] || `row ${k + 1}`);
    table.changed = () => {
      this.draw();
      this.compare.replaceChildren();
      if (table.picked.length === 0) return;
      const clear = element('button', {type: 'button', click: () => { table.picked = []; table.showPicked(); }}, 'clear');
      this.compare.append(element('div', {class: 'bar'}, element('span', {role: 'status'},
        `${table.picked.length} picked${table.picked.length > 1 ? ', with ratios to the first' : '; pick more to compare them'}`), clear), table.comparison());
    };
  }

  draw() {
    const width = Math.max(260, this.plot.clientWidth);
    this.width = width;
    this.hits = [];
    this.entries = [];  // of the legend
    this.svg = shape('svg', {role: 'img', 'aria-hidden': 'true'});
    this.height = PAINTERS[this.data.kind](this, this.data, width);
    this.svg.setAttribute('viewBox', `0 0 ${width} ${this.height}`);
    this.svg.setAttribute('height', this.height);
    this.at = shape('circle', {class: 'at', r: 9, cx: -50, cy: -50});
    this.svg.append(this.at);
    this.plot.replaceChildren(this.svg, this.tip);
    this.drawLegend();
    this.leave();
  }

  add(tag, attributes, text) { this.svg.append(shape(tag, attributes, text)); }

  drawLegend() {
    this.legend.replaceChildren();
    for (const {title, sample, group} of this.entries) {
      const swatch = shape('svg', {viewBox: '0 0 14 14', 'aria-hidden': 'true'});
      swatch.append(sample);
      this.legend.append(group === undefined ? element('span', {}, swatch, title) : element('button', {
        type: 'button', 'aria-pressed': !this.hidden.has(group), click: () => {
          if (!this.hidden.delete(group)) this.hidden.add(group);
          this.draw();
        }}, swatch, title));
    }
  }

  // Grid, ticks and titles of both axes of a frame.
  axes(frame, x, y) {
    const {left, right, top, bottom} = frame;
    for (const value of y.ticks(6)) {
      this.add('line', {class: 'grid', x1: left, x2: right, y1: y(value), y2: y(value)});
      this.add('text', {x: left - 6, y: y(value) + 4, 'text-anchor': 'end'}, shown(value));
    }
    let last = -Infinity;
    for (const value of x ? x.ticks(Math.max(3, (right - left) / 90)) : []) {
      this.add('line', {class: 'grid', x1: x(value), x2: x(value), y1: top, y2: bottom});
      if (x(value) - last < 34) continue;
      last = x(value);
      this.add('text', {x: last, y: bottom + 17, 'text-anchor': 'middle'}, shown(value));
    }
    this.add('path', {class: 'axis', d: `M${left} ${top}V${bottom}H${right}`});
    if (x) this.add('text', {x: (left + right) / 2, y: bottom + 36, 'text-anchor': 'middle'}, this.data.x);
    this.add('text', {x: 4, y: top - 10}, this.data.y);
  }

  // ---- pointer and keys

  show(k) {
    this.current = k;
    const hit = this.hits[k];
    this.at.setAttribute('cx', hit.x);
    this.at.setAttribute('cy', hit.y);
    this.tip.replaceChildren(element('b', {}, hit.text[0]), ...hit.text.slice(1).map((line) => element('div', {}, line)));
    this.tip.hidden = false;
    const zoom = this.plot.clientWidth / this.width;
    const left = Math.min(Math.max(0, hit.x * zoom + 14), this.plot.clientWidth - this.tip.offsetWidth);
    const below = hit.y * zoom + 16;
    const above = below + this.tip.offsetHeight > this.height * zoom ? hit.y * zoom - this.tip.offsetHeight - 12 : below;
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${above}px`;
  }

  leave() {
    this.tip.hidden = true;
    this.at?.setAttribute('cx', -50);
  }

  // The bar that holds the place, or the nearest point.
  find(event) {
    const box = this.svg.getBoundingClientRect(), zoom = this.width / box.width;
    const x = (event.clientX - box.left) * zoom, y = (event.clientY - box.top) * zoom;
    let best = -1, least = 32;
    this.hits.forEach((hit, k) => {
      if (hit.box) {
        const [l, t, w, h] = hit.box;
        if (x >= l && x <= l + w && y >= t && y <= t + h) [best, least] = [k, 0];
        return;
      }
      const distance = Math.hypot(hit.x - x, hit.y - y);
      if (distance < least) [best, least] = [k, distance];
    });
    return best;
  }

  point(event) {
    const k = this.find(event);
    if (k >= 0) this.show(k);
    else this.leave();
  }

  click(event) {
    const k = this.find(event);
    if (k < 0) return;
    this.pick(k);
  }

  pick(k) {
    if (this.table && this.hits[k].row !== undefined) this.table.pick(this.hits[k].row);
    this.show(k);
  }

  key(event) {
    const last = this.hits.length - 1, at = this.current;
    const to = {ArrowRight: Math.min(last, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: last}[event.key];
    if (event.key === 'Escape') this.leave();
    else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) this.pick(at);
    else if (to !== undefined && last >= 0) this.show(to);
    else return;
    event.preventDefault();
  }
}
