"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const map = document.getElementById("map"), dots = document.getElementById("dots");
const SVG = "http://www.w3.org/2000/svg", CLUSTER_PX = 46, LABELS = 60;
const view = { longitude: 0, latitude: 20, scale: 3 };  // scale: pixels a degree of longitude
let width = 1, height = 1, asked = false, stretchAt = 1;

const make = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  return element;
};
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const wrapped = (degrees) => ((degrees + 180) % 360 + 360) % 360 - 180;
const least = () => Math.min(width / 360, height / 150);
const photos = (n) => `${n.toLocaleString("en")} photo${n === 1 ? "" : "s"}`;

// The world is drawn with degrees as high as wide; towards a town, as high as they are there.
const stretch = () => {
  const near = clamp(Math.log2(view.scale / least()) / 4, 0, 1);
  return 1 + (1 / Math.cos(clamp(view.latitude, -80, 80) * Math.PI / 180) - 1) * near;
};
const xOf = (longitude) => wrapped(longitude - view.longitude) * view.scale + width / 2;
const yOf = (latitude) => (view.latitude - latitude) * view.scale * stretchAt + height / 2;

const draw = () => {
  asked = false;
  view.scale = clamp(view.scale, least(), 400000);
  view.latitude = clamp(view.latitude, -85, 85);
  view.longitude = wrapped(view.longitude);
  stretchAt = stretch();
  const vertical = view.scale * stretchAt;
  const land = document.getElementById("land");
  for (const [index, turn] of [-360, 0, 360].entries()) {
    const x = width / 2 + (turn - view.longitude) * view.scale, y = height / 2 + view.latitude * vertical;
    land.children[index].setAttribute("transform", `matrix(${view.scale} 0 0 ${vertical} ${x} ${y})`);
  }
  drawGrid(vertical);
  drawDots();
  drawScale();
};
const redraw = () => { if (!asked) { asked = true; requestAnimationFrame(draw); } };

const drawGrid = (vertical) => {
  const steps = [30, 10, 5, 2, 1].concat([1, 2, 3, 4].flatMap((power) => [5, 2, 1].map((n) => n / 10 ** power)));
  const step = steps.filter((one) => one * view.scale >= 90).pop() || 30;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), parts = [];
  const text = (value, signs) => `${Math.abs(value).toFixed(digits)}° ${value < 0 ? signs[1] : signs[0]}`;
  const left = view.longitude - width / 2 / view.scale, bottom = view.latitude - height / 2 / vertical;
  for (let line = Math.ceil(left / step) * step; line < left + width / view.scale; line += step) {
    const x = (line - view.longitude) * view.scale + width / 2;
    parts.push(make("line", { x1: x, x2: x, y1: 0, y2: height }));
    if (step < 30) parts.push(make("text", { x: x + 3, y: 12 }, text(wrapped(line), "EW")));
  }
  for (let line = Math.ceil(bottom / step) * step; line < bottom + height / vertical && line <= 90; line += step) {
    const y = yOf(line);
    parts.push(make("line", { x1: 0, x2: width, y1: y, y2: y }));
    if (step < 30) parts.push(make("text", { x: 3, y: y - 3 }, text(line, "NS")));
  }
  document.getElementById("grid").replaceChildren(...parts);
};

const clusters = () => {
  const found = new Map();
  for (const cell of data.cells) {
    const x = xOf(cell[1]), y = yOf(cell[0]);
    if (x < -60 || y < -60 || x > width + 60 || y > height + 60) continue;
    // the grid of clusters moves with the map, so that they do not flicker while one drags it
    const column = Math.round(cell[1] * view.scale / CLUSTER_PX), row = Math.round(cell[0] * view.scale * stretchAt / CLUSTER_PX);
    const key = column * 2 ** 26 + row;
    let one = found.get(key);
    if (!one) found.set(key, one = { n: 0, x: 0, y: 0, kinds: new Map(), cells: [] });
    one.n += cell[3]; one.x += x * cell[3]; one.y += y * cell[3];
    one.kinds.set(cell[2], (one.kinds.get(cell[2]) || 0) + cell[3]);
    one.cells.push(cell);
  }
  const kept = [];
  for (const one of [...found.values()].sort((a, b) => b.n - a.n)) {
    const x = one.x / one.n, y = one.y / one.n;
    const near = kept.find((other) => Math.hypot(other.x / other.n - x, other.y / other.n - y) < CLUSTER_PX * 0.7);
    if (!near) { kept.push(one); continue; }
    near.n += one.n; near.x += one.x; near.y += one.y;
    for (const [kind, n] of one.kinds) near.kinds.set(kind, (near.kinds.get(kind) || 0) + n);
    for (const cell of one.cells) near.cells.push(cell);
  }
  return kept;
};

const drawDots = () => {
  const shapes = [], labels = [], named = new Set(), shown = clusters();
  const radius = (n) => n === 1 ? 6 : Math.min(9 + 3 * Math.log10(n), 22);
  const taken = shown.map((one) => {
    const x = one.x / one.n, y = one.y / one.n, r = radius(one.n);
    return [x - r, y - r, x + r, y + r];
  });
  for (const one of shown) {
    const x = one.x / one.n, y = one.y / one.n, r = radius(one.n);
    const kinds = [...one.kinds].sort((a, b) => b[1] - a[1]);
    const places = new Map();
    for (const cell of one.cells) places.set(cell[4], (places.get(cell[4]) || 0) + cell[3]);
    const names = [...places].sort((a, b) => b[1] - a[1]).map(([place]) => data.places[place]);
    const said = `${names.slice(0, 3).join("; ")}${names.length > 3 ? " …" : ""}: ${photos(one.n)} (` +
      kinds.map(([kind, n]) => `${n} ${data.kinds[kind][0]}`).join(", ") + ")";
    const dot = make("g", { class: "dot", tabindex: 0, role: "button", "aria-label": said });
    dot.append(make("title", {}, said), make("circle", { cx: x, cy: y, r, fill: data.kinds[kinds[0][0]][1] }));
    if (one.n > 1) dot.append(make("text", { class: "number", x, y }, one.n > 9999 ? `${Math.round(one.n / 1000)}k` : one.n));
    dot.addEventListener("click", () => open(one, said));
    dot.addEventListener("keydown", (event) => { if (event.key === "Enter") open(one, said); });
    shapes.push(dot);
    const name = names[0].split(", ")[0] + (names.length > 1 ? " …" : "");
    if (labels.length >= LABELS || named.has(names[0])) continue;
    const long = 7 * name.length, isFree = (box) => box[0] > 0 && box[2] < width &&
      !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]);
    const around = [[x + r + 3, y], [x - r - 3 - long, y], [x - long / 2, y + r + 10], [x - long / 2, y - r - 10]];
    const box = around.map(([left, middle]) => [left, middle - 8, left + long, middle + 8]).find(isFree);
    if (!box) continue;
    labels.push(make("text", { class: "name", x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 }, name));
    taken.push(box);
    named.add(names[0]);
  }
  dots.replaceChildren(...shapes.reverse(), ...labels);
};

const drawScale = () => {
  const kmAPixel = 111.195 / (view.scale * stretchAt), most = 140 * kmAPixel;
  const power = 10 ** Math.floor(Math.log10(most)), km = [5, 2, 1].find((n) => n * power <= most) * power;
  const scale = document.getElementById("scale");
  scale.style.width = `${km / kmAPixel}px`;
  scale.textContent = km >= 1 ? `${km.toLocaleString("en")} km` : `${Math.round(km * 1000)} m`;
};

const fit = (cells, most) => {
  const ends = (values) => values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const [bottom, top] = ends(cells.map((cell) => cell[0]));
  // around the world the widest gap between two photos is what need not be seen
  const east = cells.map((cell) => cell[1]).sort((a, b) => a - b);
  let left = east[0], right = east[east.length - 1], gap = left + 360 - right;
  for (let index = 1; index < east.length; index++) {
    if (east[index] - east[index - 1] > gap) {
      gap = east[index] - east[index - 1];
      left = east[index]; right = east[index - 1] + 360;
    }
  }
  view.longitude = wrapped((left + right) / 2);
  view.latitude = (bottom + top) / 2;
  const upright = 1 / Math.cos(clamp(view.latitude, -80, 80) * Math.PI / 180);
  view.scale = Math.min(0.8 * width / Math.max(right - left, 1e-9), 0.8 * height / Math.max(top - bottom, 1e-9) / upright, most);
  redraw();
};

const show = (cells, said) => {
  const shown = document.getElementById("shown"), names = cells.flatMap((cell) => cell[5]).slice(0, 12);
  const n = cells.reduce((sum, cell) => sum + cell[3], 0);
  shown.textContent = `${said}. ${names.join(", ")}${n > names.length ? ` and ${photos(n - names.length)} more` : ""}`;
};
const open = (one, said) => {
  show(one.cells, said);
  if (one.cells.length > 1 && view.scale < 390000) fit(one.cells, Math.max(view.scale * 8, view.scale + 1));
};

const zoom = (factor, x = width / 2, y = height / 2) => {
  const longitude = view.longitude + (x - width / 2) / view.scale, latitude = view.latitude - (y - height / 2) / view.scale / stretchAt;
  view.scale = clamp(view.scale * factor, least(), 400000);
  stretchAt = stretch();
  view.longitude = longitude - (x - width / 2) / view.scale;
  view.latitude = latitude + (y - height / 2) / view.scale / stretchAt;
  redraw();
};
const move = (x, y) => { view.longitude -= x / view.scale; view.latitude += y / view.scale / stretchAt; redraw(); };
const showAll = () => { if (data.cells.length) fit(data.cells, 2000); else redraw(); };

map.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = map.getBoundingClientRect();
  zoom(Math.exp(-clamp(event.deltaY, -200, 200) / 250), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
const pointers = new Map();
let dragged = 0;
map.addEventListener("pointerdown", (event) => { pointers.set(event.pointerId, event); dragged = 0; });
window.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const distance = (list) => Math.hypot(list[0].clientX - list[1].clientX, list[0].clientY - list[1].clientY);
  const apart = pointers.size === 2 ? distance([...pointers.values()]) : 0;
  pointers.set(event.pointerId, event);
  dragged += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
  move((event.clientX - before.clientX) / pointers.size, (event.clientY - before.clientY) / pointers.size);
  if (apart > 0) zoom(distance([...pointers.values()]) / apart);
});
for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, (event) => pointers.delete(event.pointerId));
map.addEventListener("click", (event) => { if (dragged > 6) event.stopPropagation(); }, true);
map.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] }[event.key];
  if (step) move(...step);
  else if (event.key === "+" || event.key === "=") zoom(1.6);
  else if (event.key === "-") zoom(1 / 1.6);
  else return;
  event.preventDefault();
});
document.getElementById("in").addEventListener("click", () => zoom(1.6));
document.getElementById("out").addEventListener("click", () => zoom(1 / 1.6));
document.getElementById("all").addEventListener("click", showAll);
for (const button of document.querySelectorAll("[data-place]")) {
  button.addEventListener("click", () => {
    const number = Number(button.dataset.place), cells = data.cells.filter((cell) => cell[4] === number);
    show(cells, data.places[number]);
    fit(cells, 4000);
  });
}
const land = document.getElementById("land");
land.append(land.firstElementChild.cloneNode(), land.firstElementChild.cloneNode());
new ResizeObserver(() => {
  const isFirst = width === 1;
  width = map.clientWidth; height = map.clientHeight;
  map.setAttribute("viewBox", `0 0 ${width} ${height}`);
  if (isFirst) showAll(); else redraw();
}).observe(map);
