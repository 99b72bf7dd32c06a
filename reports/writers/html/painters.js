// SPDX-License-Identifier: Apache-2.0
// The painters of charts.js: each draws one kind of chart and returns its height.

const withUnit = (data, value) => `${value === null ? '-' : data.decimals === null ? shown(value) : value.toFixed(data.decimals)}${data.unit}`;
// As the tables round: 6.125 is 6.12.
const hundredths = (value) => (value * (1 - 1e-12)).toFixed(2);
const swatch = (style) => shape('rect', {x: 1, y: 2, width: 12, height: 10, class: style});
const dash = (style) => shape('path', {d: 'M0 7H14', class: style, 'stroke-dasharray': '4 3'});

function seriesLegend(chart, data) {
  if (data.columns.length > 2)
    chart.entries = data.columns.slice(1).map((c, k) => ({title: c.title, sample: swatch(`f${k % 6 + 1}`)}));
}

function paintBars(chart, data, width) {
  const series = data.columns.length - 1, thick = 16, narrow = width < 560;
  const longest = Math.max(...data.rows.map((row) => row[0].length), 1);
  const left = narrow ? 8 : Math.min(220, 7 * longest + 14), right = width - 64;
  const most = Math.max(...data.rows.flatMap((row) => row.slice(1)).filter(Number.isFinite), 1e-9);
  const x = scaleOf(0, most, left, right);
  let y = 6;
  for (const row of data.rows) {
    if (narrow) chart.add('text', {x: left, y: y += 14}, cut(row[0], width / 7));
    else chart.add('text', {x: left - 6, y: y + (thick * series) / 2 + 4, 'text-anchor': 'end'}, cut(row[0], 30));
    if (narrow) y += 4;
    const text = [row[0], ...data.columns.slice(1).map((c, k) => `${c.title}: ${withUnit(data, row[k + 1])}`)];
    for (let k = 0; k < series; ++k, y += thick) {
      const value = row[k + 1] ?? 0, end = x(value);
      chart.add('rect', {x: left, y, width: Math.max(0, end - left), height: thick - 2, class: `f${k % 6 + 1}`});
      chart.add('text', {x: end + 4, y: y + 12}, withUnit(data, row[k + 1]));
      chart.hits.push({x: end, y: y + 7, box: [0, y, width, thick], text});
    }
    y += 8;
  }
  chart.add('path', {class: 'axis', d: `M${left} 2V${y}`});
  if (data.x) chart.add('text', {x: left, y: y += 18}, data.x);
  seriesLegend(chart, data);
  return y + 6;
}

// Columns and steps: the values stand upright over the names.
function paintColumns(chart, data, width) {
  const steps = data.kind === 'steps', series = data.columns.length - 1, n = data.rows.length;
  // Names hang at 60 degrees; a letter is about 6 wide.
  const letters = Math.min(width < 560 ? 14 : 30, Math.max(...data.rows.map((row) => row[0].length), 1));
  const frame = {left: Math.max(52, 3.1 * letters + 8), right: width - 8, top: 26, bottom: 270};
  const value = (row, k) => (row[k + 1] ?? 0) * data.scale;
  const most = Math.max(...data.rows.flatMap((row) => row.slice(1).map((_, k) => value(row, k))), 1e-9);
  const y = scaleOf(0, most * 1.05, frame.bottom, frame.top), band = (frame.right - frame.left) / Math.max(1, n);
  chart.axes(frame, null, y);
  const every = Math.ceil(14 / band), gap = steps ? 0 : 0.16 * band;
  data.rows.forEach((row, r) => {
    const from = frame.left + r * band;
    const text = [row[0], ...data.columns.slice(1).map((c, k) => `${c.title}: ${steps ? `${hundredths(value(row, k))} ${data.unit}` : `${shown(row[k + 1] ?? NaN)} ${data.y}`}`)];
    for (let k = 0; k < series; ++k) {
      const wide = (band - gap) / series, left = from + gap / 2 + k * wide, top = y(value(row, k));
      chart.add('rect', {x: left, y: top, width: Math.max(0.5, steps ? wide + 0.5 : wide), height: Math.max(0, frame.bottom - top), class: `f${k % 6 + 1}`});
    }
    chart.hits.push({x: from + band / 2, y: y(Math.max(...row.slice(1).map((_, k) => value(row, k)))), box: [from, frame.top, band, frame.bottom - frame.top], text});
    if (r % every === 0)
      chart.add('text', {transform: `translate(${Math.round(from + band / 2 + 4)} ${frame.bottom + 8}) rotate(-60)`, 'text-anchor': 'end'}, cut(row[0], letters));
  });
  if (steps && n > 0) {
    const peak = data.rows.reduce((best, row, r) => (row[1] > data.rows[best][1] ? r : best), 0);
    const at = frame.left + (peak + 0.5) * band;
    chart.add('text', {x: at, y: y(value(data.rows[peak], 0)) - 5, 'text-anchor': at > width / 2 ? 'end' : 'start', class: 'tagged'}, `peak ${hundredths(value(data.rows[peak], 0))} ${data.unit}`);
  }
  seriesLegend(chart, data);
  return frame.bottom + 5.4 * letters + 24;
}

function paintLines(chart, data, width) {
  const frame = {left: 52, right: width - 14, top: 26, bottom: 330};
  const xs = data.rows.map((row) => Number(row[0])), ys = data.rows.flatMap((row) => row.slice(1)).filter(Number.isFinite);
  const x = scaleOf(...around(xs, data.log_x), frame.left, frame.right, data.log_x);
  const y = data.log_y ? scaleOf(...around(ys, true), frame.bottom, frame.top, true) : scaleOf(0, Math.max(...ys) * 1.06, frame.bottom, frame.top);
  if (xs.length <= 12) x.ticks = () => xs;
  chart.axes(frame, x, y);
  data.columns.slice(1).forEach((column, k) => {
    const points = data.rows.map((row) => [Number(row[0]), row[k + 1]]).filter(([, v]) => Number.isFinite(v));
    chart.add('path', {class: `line l${k % 6 + 1}`, d: points.map(([a, b], i) => `${i ? 'L' : 'M'}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join('')});
    for (const [a, b] of points) {
      chart.svg.append(marker(k, x(a), y(b), 4, `f${k % 6 + 1}`));
      chart.hits.push({x: x(a), y: y(b), text: [column.title, `${data.x}: ${shown(a)}`, `${data.y}: ${shown(b)}`]});
    }
    chart.entries.push({title: column.title, sample: marker(k, 7, 7, 5, `f${k % 6 + 1}`)});
  });
  return frame.bottom + 46;
}

// Names of the groups, the muted ones first, with the number that gives colour and mark.
function groupsOf(rows, at, muted) {
  const names = [...new Set(rows.map((row) => row[at]))];
  let next = 0;
  return [...names.filter((n) => muted.includes(n)), ...names.filter((n) => !muted.includes(n))]
    .map((name) => ({name, number: muted.includes(name) ? -1 : next++}));
}

function drawGroups(chart, data, groups, place) {
  const {table} = chart, size = data.rows.length > 300 ? 2.8 : 4.5;
  for (const {name, number} of groups) {
    const style = number < 0 ? 'f0' : `f${number % 6 + 1}`, k = Math.max(0, number);
    chart.entries.push({title: name, sample: marker(k, 7, 7, 5, style), group: name});
    if (chart.hidden.has(name)) continue;
    data.rows.forEach((row, r) => {
      const at = place(row, r);
      if (at.group !== name || !Number.isFinite(at.x) || !Number.isFinite(at.y)) return;
      const seen = !table || table.passes(r);
      chart.svg.append(marker(k, at.x, at.y, size, seen ? style : `${style} dim`));
      if (seen) chart.hits.push({x: at.x, y: at.y, row: r, text: at.text});
    });
  }
  chart.hits.sort((a, b) => a.x - b.x || a.y - b.y);
}

const MOST_ERROR_BARS = 100;  // more hide the points; tooltips have every error

function paintScatter(chart, data, width) {
  const frame = {left: 52, right: width - 14, top: 26, bottom: width < 560 ? 330 : 430};
  const xs = data.rows.map((row) => row[2]), errors = data.rows.map((row) => row[5] ?? 0);
  const ys = data.rows.flatMap((row, r) => [row[3] - errors[r], row[3] + errors[r]]);
  const x = scaleOf(...around(xs, data.log_x), frame.left, frame.right, data.log_x);
  const y = scaleOf(...around(ys, false), frame.bottom, frame.top);
  chart.axes(frame, x, y);
  const front = data.rows.filter((row) => row[4] === 1).map((row) => [x(row[2]), y(row[3])]).sort((a, b) => a[0] - b[0]);
  if (front.length > 1) {
    chart.add('path', {class: 'front', d: front.map(([a, b], k) => `${k ? 'L' : 'M'}${a.toFixed(1)} ${b.toFixed(1)}`).join('')});
    chart.entries.push({title: 'front', sample: dash('front')});
  }
  data.lines.forEach(([title, value], k) => {
    const style = `line l${[4, 5, 3][k % 3]}`;
    chart.add('path', {class: style, 'stroke-dasharray': '6 4', d: `M${x(value).toFixed(1)} ${frame.top}V${frame.bottom}`});
    chart.entries.push({title, sample: dash(style)});
  });
  drawGroups(chart, data, groupsOf(data.rows, 0, data.muted), (row, r) => ({
    group: row[0], x: x(row[2]), y: y(row[3]), text: pointText(chart, data, row, r),
  }));
  data.rows.forEach((row, r) => {
    if (errors[r] > 0 && data.rows.length <= MOST_ERROR_BARS && !chart.hidden.has(row[0])) chart.add('line', {class: 'error', x1: x(row[2]), x2: x(row[2]), y1: y(row[3] - errors[r]), y2: y(row[3] + errors[r])});
    if (row[6] === 1) chart.add('text', {x: x(row[2]) + 7, y: y(row[3]) - 5}, row[1]);
  });
  chart.table?.picked.forEach((r, n) => {
    const row = data.rows[r];
    chart.add('circle', {class: 'ring', cx: x(row[2]), cy: y(row[3]), r: 8});
    chart.add('text', {class: 'tagged', x: x(row[2]) + 10, y: y(row[3]) - 8}, String(n + 1));
  });
  return frame.bottom + 46;
}

// A point of a table has all that the table says of it.
function pointText(chart, data, row, r) {
  if (!chart.table)
    return [row[1] || row[0], `${data.y}: ${shown(row[3])}${row[5] > 0 ? ` \u00B1 ${shown(row[5])}` : ''}`, `${data.x}: ${shown(row[2])}`, ...(row[1] ? [row[0]] : [])];
  const {columns, rows} = chart.table;
  const lines = columns.map((c, k) => [c.title, chart.table.cell(rows[r], k).textContent]).filter(([, text]) => text);
  return [row[1] || row[0], ...lines.slice(0, 10).map(([title, text]) => `${title}: ${cut(text, 60)}`)];
}

function paintRoofline(chart, data, width) {
  const frame = {left: 52, right: width - 14, top: 26, bottom: 400};
  const xs = data.rows.map((row) => row[2]), [low, high] = [Math.min(...xs) / 1.5, Math.max(...xs) * 1.8];
  const ys = data.rows.map((row) => row[3]), from = Math.min(...ys) / 1.5, to = Math.max(...ys, data.peak) * 1.8;
  const x = scaleOf(low, high, frame.left, frame.right, true), y = scaleOf(from, to, frame.bottom, frame.top, true);
  chart.axes(frame, x, y);
  data.lines.forEach(([title, slope], k) => {
    const knee = Math.min(high, Math.max(low, data.peak / slope)), start = Math.max(low, from / slope);
    if (start < high)
      chart.add('path', {class: 'axis', 'stroke-dasharray': `${6 - k} ${2 + 2 * k}`, d: `M${x(start)} ${y(Math.min(data.peak, start * slope))}L${x(knee)} ${y(Math.min(data.peak, knee * slope))}H${frame.right}`});
    chart.entries.push({title, sample: shape('path', {d: 'M0 7H14', class: 'axis', 'stroke-dasharray': `${6 - k} ${2 + 2 * k}`})});
  });
  chart.add('text', {x: frame.left + 8, y: y(data.peak) - 6}, `peak ${shown(data.peak)} GFLOP/s`);
  drawGroups(chart, data, groupsOf(data.rows, 1, []), (row) => ({
    group: row[1], x: x(row[2]), y: y(row[3]), text: [row[0], row[1], `${shown(row[3])} GFLOP/s`, `${shown(row[2])} operations a byte`],
  }));
  return frame.bottom + 46;
}

function paintHeat(chart, data, width) {
  const columns = Math.max(...data.rows.map((row) => row[3])) + 1, lines = Math.max(...data.rows.map((row) => row[4])) + 1;
  const names = (at, index) => { const out = []; for (const row of data.rows) out[row[index]] = row[at]; return out; };
  const left = Math.min(120, 7 * Math.max(...names(1, 4).map((n) => String(n).length)) + 34), right = width - 8, top = 26;
  const wide = (right - left) / columns, tall = Math.max(18, Math.min(46, 420 / lines)), bottom = top + tall * lines;
  const values = data.rows.map((row) => row[2]).filter((v) => v > 0);
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  for (const row of data.rows) {
    const x = left + row[3] * wide, y = bottom - (row[4] + 1) * tall;
    const part = row[2] > 0 && high > low ? (Math.log(row[2]) - low) / (high - low) : 0;
    const mix = [[241, 127], [246, 178], [251, 220]].map(([a, b]) => Math.round(a + part * (b - a)));
    chart.add('rect', {x: x + 1, y: y + 1, width: Math.max(1, wide - 2), height: tall - 2, fill: `rgb(${mix})`});
    if (wide > 7 * row[5].length) chart.add('text', {x: x + wide / 2, y: y + tall / 2 + 4, 'text-anchor': 'middle', class: 'cell'}, row[5]);
    chart.hits.push({x: x + wide / 2, y: y + tall / 2, box: [x, y, wide, tall], text: [row[5], `${data.x}: ${row[0]}`, `${data.y}: ${row[1]}`]});
  }
  const every = Math.ceil(40 / wide);
  names(0, 3).forEach((n, k) => k % every === 0 && chart.add('text', {x: left + (k + 0.5) * wide, y: bottom + 16, 'text-anchor': 'middle'}, cut(String(n), 14)));
  names(1, 4).forEach((n, k) => chart.add('text', {x: left - 6, y: bottom - (k + 0.5) * tall + 4, 'text-anchor': 'end'}, cut(String(n), 14)));
  chart.add('text', {x: (left + right) / 2, y: bottom + 36, 'text-anchor': 'middle'}, data.x);
  chart.add('text', {x: 4, y: top - 10}, data.y);
  data.lines.forEach(([title, budget], k) => paintContour(chart, data, {left, bottom, wide, tall, lines, title, budget, style: `line l${[4, 5, 3][k % 3]}`}));
  return bottom + 46;
}

// Where the values along each row of the map meet a budget.
function paintContour(chart, data, map) {
  const points = [];
  for (let line = 0; line < map.lines; ++line) {
    const row = data.rows.filter((each) => each[4] === line && each[2] > 0).sort((a, b) => a[3] - b[3]);
    for (let k = 0; k + 1 < row.length; ++k) {
      const [a, b] = [row[k][2], row[k + 1][2]];
      if ((a <= map.budget) === (b <= map.budget)) continue;
      const at = row[k][3] + Math.log(map.budget / a) / Math.log(b / a);
      points.push([map.left + (at + 0.5) * map.wide, map.bottom - (line + 0.5) * map.tall]);
      break;
    }
  }
  if (points.length < 2) return;
  chart.add('path', {class: map.style, d: points.map(([x, y], k) => `${k ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')});
  chart.entries.push({title: map.title, sample: dash(map.style)});
}

const PAINTERS = {
  bars: paintBars, columns: paintColumns, steps: paintColumns, lines: paintLines,
  scatter: paintScatter, heat: paintHeat, roofline: paintRoofline,
};

const charts = [...document.querySelectorAll('figure')].map((figure) => new Chart(figure));

// On paper everything is open and drawn.
{
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open]):not(.figures)')];
    for (const each of opened) each.open = true;
    for (const chart of charts) chart.draw();
  });
  addEventListener('afterprint', () => {
    for (const each of opened) each.open = false;
  });
}
