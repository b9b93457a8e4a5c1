// The review: what is selected, what keys and buttons do, and writing. Rows are in api.js, tiles in list.js.

import * as api from "/page/api.js";
import * as list from "/page/list.js";
import * as panel from "/page/panel.js";

const $ = (id) => document.getElementById(id);
const POLL_MS = 300;
const NAMES = { doubtful: "Doubtful", proposed: "Proposed", near_others: "Nearby photos alone", unknown: "Unknown", suspect: "GPS that does not fit" };
const selected = new Set();
let album;
let current = 0;
let anchor = 0; // where a selection with Shift begins

// ---- what is shown

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function showCount(count) {
  const number = (value) => value.toLocaleString("en");
  const parts = [`${number(count.to_write)} to write`, `${number(count.declined)} declined`, `${number(count.open)} to decide`];
  if (count.written) parts.push(`${number(count.written)} written`);
  if (count.failed) parts.push(`${number(count.failed)} could not be written`);
  $("count").textContent = parts.join(" · ");
  $("write").textContent = `Write ${number(count.to_write)} ${count.to_write === 1 ? "place" : "places"}`;
  $("write").disabled = !count.to_write;
}

function showKinds() {
  const totals = {};
  album.groups.forEach((group, index) => {
    totals[group.kind] ??= { index, count: 0 };
    totals[group.kind].count += group.count;
  });
  $("kinds").replaceChildren(...Object.entries(totals).map(([kind, { index, count }]) =>
    list.make("a", `${NAMES[kind]} ${count.toLocaleString("en")}`, { href: `#group-${index}` })));
}

function refresh() {
  list.showSelected(selected, current);
  panel.show(current, selected);
}

// ---- selecting

async function select(number, { more = false, range = false } = {}) {
  if (number < 0 || number >= album.n_entries) return;
  if (range) {
    selected.clear();
    for (let one = Math.min(anchor, number); one <= Math.max(anchor, number); one += 1) selected.add(one);
  } else {
    if (!more) selected.clear();
    if (more && selected.has(number) && selected.size > 1) selected.delete(number);
    else selected.add(number);
    anchor = number;
  }
  current = number;
  await list.reveal(number);
  refresh();
}

$("list").addEventListener("click", (event) => {
  const tile = event.target.closest(".tile");
  const more = event.ctrlKey || event.metaKey || $("several").ariaPressed === "true";
  if (tile) select(Number(tile.dataset.number), { more, range: event.shiftKey });
});
$("several").addEventListener("click", () => { $("several").ariaPressed = $("several").ariaPressed !== "true"; });

// ---- deciding

async function change(promise) {
  try {
    const found = await promise;
    notice("");
    showCount(found.count);
    list.repaint(found.states.map((state) => state.number).filter((number) => api.rows.has(number)));
    refresh();
    return found;
  } catch (error) {
    notice(error.message);
    return null;
  }
}

const decide = (action, numbers = [...selected]) => change(api.decide(numbers, action));

function isPossible({ kind, row, result }, action) {
  if (kind === "suspect" || result?.[0]) return false;
  return action.accept ? kind !== "unknown" : !("candidate" in action) || action.candidate < row.candidates.length;
}

async function decideByKey(action) {
  const alone = selected.size === 1 && isPossible(api.rows.get(current), action); // what is refused is shown where it is
  const deciding = decide(action);
  if (alone) await select(Math.min(current + 1, album.n_entries - 1));
  await deciding;
}

async function undo() {
  const found = await change(api.undo());
  if (found?.states.length) await select(found.states[0].number);
}

$("accept").addEventListener("click", () => decide({ accept: true }));
$("decline").addEventListener("click", () => decide({ decline: true }));
$("undo").addEventListener("click", undo);
$("candidates").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) decide({ candidate: Number(button.dataset.candidate) });
});
$("place").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("wrong").textContent = "";
  if (!$("text").value.trim()) return;
  const found = await decide({ place: $("text").value });
  if (!found) {
    $("wrong").textContent = $("notice").textContent;
    notice("");
    return;
  }
  $("text").value = "";
  await list.reveal(current);
});

// ---- keys

const KEYS = {
  j: () => select(current + 1), k: () => select(current - 1),
  ArrowRight: (range) => select(current + 1, { range }), ArrowLeft: (range) => select(current - 1, { range }),
  ArrowDown: (range) => select(Math.min(current + list.perLine(), album.n_entries - 1), { range }),
  ArrowUp: (range) => select(Math.max(current - list.perLine(), 0), { range }),
  a: () => decideByKey({ accept: true }), Enter: () => decideByKey({ accept: true }),
  x: () => decideByKey({ decline: true }), r: () => decideByKey({ decline: true }),
  u: undo, p: () => { $("text").focus(); $("text").select(); }, " ": () => select(current, { more: true }), Escape: () => select(current),
  "?": () => $("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  const from = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || !album?.n_entries || $("help").open) return;
  if (from === $("text")) {
    if (event.key === "Escape") list.reveal(current);
    return;
  }
  if (from.closest?.("button, a, input") && [" ", "Enter"].includes(event.key)) return;
  const run = KEYS[event.key] ?? (/^[1-5]$/.test(event.key) ? () => decideByKey({ candidate: Number(event.key) - 1 }) : null);
  if (!run) return;
  event.preventDefault();
  run(event.shiftKey);
});
$("keys").addEventListener("click", KEYS["?"]);

// ---- writing

async function watch() {
  let found = await api.progress();
  $("progress").hidden = false;
  while (found.running) {
    $("done").max = Math.max(found.total, 1);
    $("done").value = found.written + found.failed;
    $("progress-text").textContent = `${found.written.toLocaleString("en")} of ${found.total.toLocaleString("en")} written`;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    found = await api.progress();
  }
  $("progress").hidden = true;
  await list.reload();
  showCount((await api.loadAlbum()).count);
  refresh();
  const named = found.failed ? `; ${found.failed.toLocaleString("en")} not:\n${found.named.join("\n")}\n` : ". ";
  notice(found.error ?? `${found.written.toLocaleString("en")} written${named}landmark undo restores every byte.`);
}

$("write").addEventListener("click", async () => {
  $("write").disabled = true;
  try {
    await api.write(document.querySelector("input[name=target]:checked").value);
    await watch();
  } catch (error) {
    $("progress").hidden = true;
    notice(error.message);
    $("write").disabled = false;
  }
});
$("stop").addEventListener("click", () => api.stop());

// ---- beginning

try {
  album = await api.loadAlbum();
  document.querySelector(`input[name=target][value=${album.write}]`).checked = true;
  $("landmarks").append(...album.landmarks.map((name) => list.make("option", undefined, { value: name })));
  showKinds();
  showCount(album.count);
  panel.drawMap(album);
  await api.loadRows(0, 40);
  list.build(album, (group, action) => decide({ [action]: true }, Array.from({ length: group.count }, (_, index) => group.first + index)));
  await select(0);
  if ((await api.progress()).running) await watch();
} catch (error) {
  notice(error.message);
}
