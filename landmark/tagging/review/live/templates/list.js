// The list of photos: sheets of tiles that are filled when they come near, and emptied when they are far away.

import { loadRows, rows, stateOf } from "/page/api.js";

const SHEET = 40; // photos
const NEAR = "900px"; // above and below what is seen

const list = document.getElementById("list");
const sheets = []; // {first, count, element, filled}
const version = Date.now().toString(36); // another review may have had the same address
const watcher = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) (isIntersecting ? fill : empty)(sheets[Number(target.dataset.sheet)]);
}, { root: list, rootMargin: `${NEAR} 0px` });
let columns = 1;
let marked = new Set(); // the numbers of the tiles that are shown as selected
let focusable = 0; // the one that Tab leads to

export function make(name, text, attributes = {}) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export async function build(album, onGroup) {
  const parts = document.createDocumentFragment();
  album.groups.forEach((group, index) => {
    const section = make("section", undefined, { class: "group", id: `group-${index}`, "aria-label": group.title });
    const head = make("div", undefined, { class: "group-head" });
    head.append(make("h2", group.title), make("span", group.where));
    if (group.kind !== "suspect") {
      for (const [action, words] of group.kind === "unknown" ? [] : [["accept", "Accept all"], ["decline", "Decline all"]]) {
        const button = make("button", words, { type: "button", "aria-label": `${words} of ${group.title}` });
        button.addEventListener("click", () => onGroup(group, action));
        head.append(button);
      }
    }
    section.append(head);
    for (let first = group.first; first < group.first + group.count; first += SHEET) {
      const count = Math.min(SHEET, group.first + group.count - first);
      const element = make("ul", undefined, { class: "sheet", role: "listbox", "aria-multiselectable": "true",
        "aria-label": `${group.title}, from ${first - group.first + 1}`, "data-sheet": sheets.length });
      sheets.push({ first, count, element, filled: false });
      section.append(element);
    }
    parts.append(section);
  });
  list.replaceChildren(parts);
  measure();
  new ResizeObserver(measure).observe(list);
  for (const sheet of sheets) watcher.observe(sheet.element);
}

function measure() {
  const style = getComputedStyle(list);
  const width = list.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  columns = Math.max(2, Math.floor((width + 0.6 * rem) / (width < 500 ? 7.2 * rem : 10.6 * rem)));
  list.style.setProperty("--columns", columns);
  for (const { element, count } of sheets) {
    const lines = Math.ceil(count / columns);
    element.style.minHeight = `calc(${lines} * var(--tile-height) + ${lines - 1} * var(--gap))`;
  }
}

export const perLine = () => columns;

async function fill(sheet) {
  if (sheet.filled) return;
  sheet.filled = true;
  if (!rows.has(sheet.first) || !rows.has(sheet.first + sheet.count - 1)) await loadRows(sheet.first, sheet.count);
  if (!sheet.filled) return;
  const tiles = [];
  for (let number = sheet.first; number < sheet.first + sheet.count; number += 1) tiles.push(tile(number));
  sheet.element.replaceChildren(...tiles);
}

function empty(sheet) {
  if (!sheet.filled || sheet.element.contains(document.activeElement)) return;
  sheet.filled = false;
  sheet.element.replaceChildren();
}

function tile(number) {
  const one = rows.get(number);
  const element = make("li", undefined, { class: "tile", role: "option", tabindex: number === focusable ? 0 : -1, id: `photo-${number}`,
    "data-number": number, "aria-selected": marked.has(number), title: one.row.photo });
  const image = make("img", undefined, { src: `/thumbnails/${number}?v=${version}`, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  image.addEventListener("error", () => image.replaceWith(make("span", "no picture", { class: "missing" })), { once: true });
  element.append(image, make("span", one.row.name, { class: "name" }), make("span", "", { class: "state" }));
  return paint(element, one);
}

function paint(element, one) {
  const [state, words] = stateOf(one);
  element.dataset.state = state;
  element.lastChild.textContent = words;
  element.ariaLabel = [one.row.name, one.row.label, words].filter(Boolean).join(", ");
  return element;
}

export const tileOf = (number) => document.getElementById(`photo-${number}`);
export const pictureOf = (number) => `/pictures/${number}?v=${version}`;

export function repaint(numbers) {
  for (const number of numbers) {
    const element = tileOf(number);
    if (element) paint(element, rows.get(number));
  }
}

export function showSelected(selected, current) {
  for (const number of marked) if (!selected.has(number)) tileOf(number)?.setAttribute("aria-selected", "false");
  for (const number of selected) if (!marked.has(number)) tileOf(number)?.setAttribute("aria-selected", "true");
  for (const [number, index] of [[focusable, -1], [current, 0]]) {
    const element = tileOf(number);
    if (element) element.tabIndex = index;
  }
  marked = new Set(selected);
  focusable = current;
}

export async function reveal(number) {
  const sheet = sheets.find(({ first, count }) => first <= number && number < first + count);
  if (!tileOf(number)) {
    sheet.element.scrollIntoView({ block: "nearest" });
    await fill(sheet);
  }
  tileOf(number)?.focus({ preventScroll: true });
  tileOf(number)?.scrollIntoView({ block: "nearest" });
}

export async function reload() {
  const filled = sheets.filter((sheet) => sheet.filled);
  rows.clear();
  for (const sheet of filled) {
    await loadRows(sheet.first, sheet.count);
    repaint(Array.from({ length: sheet.count }, (_, index) => sheet.first + index));
  }
}
