// What the page asks of the server. Decisions are sent one after another, in the order in which they were made.

export const rows = new Map(); // by number: what is shown, what was decided, what became of it

let last = Promise.resolve();

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    throw new Error("The review has ended. Start landmark review again: all decisions are kept.");
  }
  if (!reply.ok) {
    const text = await reply.text();
    let reason = text;
    try { reason = JSON.parse(text).error; } catch { /* it is plain text */ }
    throw new Error(reason);
  }
  return reply.json();
}

export const loadAlbum = () => ask("/api/album");
export const progress = () => ask("/api/progress");
export const write = (target) => ask("/api/write", { target });
export const stop = () => ask("/api/stop", {});

export async function loadRows(first, count) {
  for (const one of await ask(`/api/rows?first=${first}&count=${count}`)) rows.set(one.number, one);
}

function change(path, body) {
  const mine = last.then(() => ask(path, body));
  last = mine.catch(() => undefined);
  return mine.then((found) => {
    for (const state of found.states) if (rows.has(state.number)) Object.assign(rows.get(state.number), state);
    return found;
  });
}

export const decide = (numbers, action) => change("/api/decisions", { numbers, ...action });
export const undo = () => change("/api/undo", {});

// What a photo stands at: write, declined, open, written, failed or none; and the same in words.
export function stateOf({ kind, choice, result, row }) {
  if (result) return result[0] ? ["written", "written"] : ["failed", "not written"];
  if (kind === "suspect") return ["none", "keeps its GPS"];
  if (choice) return choice.write ? ["write", `✓ ${choice.label}`] : ["declined", "declined"];
  if (kind === "proposed") return ["write", row.words ? `✓ ${row.words}` : "✓ proposed"];
  if (kind === "unknown") return ["open", "unknown"];
  return ["open", `? ${row.label || "nearby photos"}`];
}
