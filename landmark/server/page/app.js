// The page: photos in, one card each with the answer. Nothing is loaded from elsewhere, and nothing goes elsewhere.

const AT_ONCE = 2; // requests; more would only wait on the server
const RETRIES = 20; // of a photo, while the server has too much to do
const PHOTO = /^image\/|\.(avif|bmp|gif|hei[cf]|jpe?g|png|tiff?|webp)$/i; // of a type or a name: not every type has one
const MAPS = {
  "OpenStreetMap": (at, zoom) => `https://www.openstreetmap.org/?mlat=${at.latitude}&mlon=${at.longitude}#map=${zoom}/${at.latitude}/${at.longitude}`,
  "Google Maps": (at) => `https://www.google.com/maps/search/?api=1&query=${at.latitude},${at.longitude}`,
  "Apple Maps": (at) => `https://maps.apple.com/?ll=${at.latitude},${at.longitude}&q=${encodeURIComponent(at.name)}`,
  "this device's app": (at) => `geo:${at.latitude},${at.longitude}?q=${at.latitude},${at.longitude}`,
};

const $ = (id) => document.getElementById(id);
const queue = [];
const entries = []; // {card, file, row}, in the order in which they came
let running = 0;
let passedOver = 0; // files of dropped folders
let cleared = 0; // how often: what was dropped before is not gone on with
let threshold = null; // below this confidence the server says "no landmark I know"

// ---- photos come in

for (const input of [$("choose"), $("camera")]) {
  input.addEventListener("change", () => {
    add(input.files);
    input.value = ""; // so that the same photo can be chosen again
  });
}
addEventListener("paste", (event) => add(event.clipboardData?.files ?? []));
for (const name of ["dragenter", "dragover"]) {
  addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dragging");
  });
}
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
addEventListener("drop", (event) => {
  document.body.classList.remove("dragging");
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  const items = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folders = items.filter((item) => item.isDirectory);
  add([...event.dataTransfer.files].filter((file) => !folders.some(({ name }) => name === file.name)));
  addFolders(folders);
});

function add(files) {
  for (const file of files) {
    const entry = { file, row: null, card: element("li", { id: `photo-${entries.length + 1}` }) };
    entries.push(entry);
    queue.push(entry);
    $("answers").append(entry.card);
    show(entry, "waiting", "Waiting");
  }
  work();
  updateSummary();
}

// Every photo in them, in the order of their names. What else lies there is passed over and counted, as on the command line.
async function addFolders(folders) {
  const began = cleared;
  for await (const file of filesIn(folders)) {
    if (cleared !== began) return;
    if (PHOTO.test(file?.type || file?.name)) add([file]);
    else passOver();
  }
}

function passOver() {
  passedOver += 1;
  $("passed-over").textContent = `Passed over what is no photo or cannot be read: ${passedOver}`;
}

async function* filesIn(items) { // null for what cannot be read
  for (const item of items) {
    if (item.isFile) yield await new Promise((done) => item.file(done, () => done(null)));
    else yield* filesIn(await contents(item));
  }
}

async function contents(folder) {
  const reader = folder.createReader();
  const found = [];
  let some;
  do { // a hundred at a time
    some = await new Promise((done) => reader.readEntries(done, () => done(null)));
    found.push(...some ?? []);
  } while (some?.length);
  if (some === null) passOver(); // a folder that does not open
  const seen = found.filter(({ name }) => !name.startsWith("."));
  return seen.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
}

$("clear").addEventListener("click", () => {
  for (const entry of entries) {
    entry.left = true;
    URL.revokeObjectURL(entry.url);
  }
  entries.length = queue.length = 0;
  $("passed-over").textContent = "";
  passedOver = 0;
  cleared += 1;
  $("answers").replaceChildren();
  updateSummary();
  $("choose").focus();
});

// ---- and are asked about

async function work() {
  while (running < AT_ONCE && queue.length && $("token-form").hidden) {
    const entry = queue.shift();
    running += 1;
    locate(entry).finally(() => {
      running -= 1;
      work();
    });
  }
}

async function locate(entry) {
  show(entry, "waiting", "Looking at it");
  for (let attempt = 1; !entry.left; attempt += 1) {
    let response;
    try {
      const form = new FormData();
      form.append("photo", entry.file, entry.file.name || "photo");
      response = await ask("/v1/locate", { method: "POST", body: form });
    } catch {
      return fail(entry, "The server cannot be reached. Is it still running?");
    }
    if (response.status === 401) {
      queue.unshift(entry);
      return askForToken();
    }
    if (response.status === 503 && attempt < RETRIES) {
      show(entry, "waiting", "The server has much to do, waiting");
      await new Promise((done) => setTimeout(done, 1000 * (Number(response.headers.get("Retry-After")) || 1)));
      continue;
    }
    const said = await response.json().catch(() => ({}));
    if (!response.ok) return fail(entry, said.error?.message ?? `The server answered ${response.status}.`);
    return answer(entry, said.answers[0]);
  }
}

function ask(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return fetch(path, { ...options, headers });
}

function askForToken() {
  $("token-wrong").textContent = sessionStorage.getItem("token") ? "That was not the token." : "";
  $("token-form").hidden = false;
  $("token").focus();
}

$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!/^[\x21-\x7e]+$/.test($("token").value)) {  // no header can carry it, so no server has it
    $("token-wrong").textContent = "That was not the token.";
    return;
  }
  sessionStorage.setItem("token", $("token").value);
  $("token").value = "";
  $("token-form").hidden = true;
  describeModel();
  work();
});

// ---- answers are shown

// What stands under an answer and under its photo, and what can be done with it: each a function of the row and the file
// that gives an element, or null where it does not apply. Another kind of answer is one more of them.
const PARTS = [suspicion, warnings, place];
const PARTS_OF_PHOTO = [candidates, why];
const ACTIONS = [copyCoordinates, openMap, download];

function answer(entry, row) {
  entry.row = row;
  if (row.error !== null) {
    fail(entry, row.error.replace(`${row.photo}: `, ""), "This photo cannot be read");
  } else if (row.landmark === null) {
    show(entry, "unknown", "No landmark I know", doubt(row));
  } else {
    show(entry, "known", row.landmark, confidence(row));
  }
}

function fail(entry, reason, heading = "No answer") {
  entry.row ??= { error: reason };
  show(entry, "failed", heading, element("p", { class: "sure" }, sentence(reason)));
}

function show(entry, state, heading, ...lines) {
  if (entry.left) return;
  entry.url ??= URL.createObjectURL(entry.file);
  const { file, row } = entry;
  const made = (parts) => (row && row.error === null ? parts.map((part) => part(row, file)) : []);
  entry.photo ??= picture(entry.url, file.name);
  entry.card.replaceChildren(
    element("article", { class: `card ${state}` }, entry.photo,
      element("div", { class: "said" },
        element("p", { class: "name" }, file.name || "pasted photo"), row && ownPosition(row),
        element("h2", {}, heading), ...lines, ...made(PARTS)),
      element("div", { class: "more" }, ...made(PARTS_OF_PHOTO))));
  updateSummary();
}

function picture(url, name) {
  const frame = element("div", { class: "photo" });
  const image = element("img", { src: url, alt: `The photo ${name}` });
  image.addEventListener("error", () => {
    frame.replaceChildren(element("p", {}, "Your browser does not show this kind of file."));
  });
  frame.append(image);
  return frame;
}

function confidence(row) {
  const words = row.confidence >= 0.95 ? "Very sure" : row.confidence >= 0.85 ? "Sure" : "Fairly sure";
  const country = [row.country].flat().filter(Boolean).join(" / ");
  return element("p", { class: "sure" }, country ? `${country} · ` : "", element("strong", {}, `${words}, ${percent(row.confidence)}`));
}

function doubt(row) {
  const best = row.candidates[0];
  const named = element("strong", {}, `${best.landmark}, ${percent(best.confidence)}`);
  if (best.confidence < 0.25) return element("p", { class: "sure" }, "Nothing that I know comes near. My best guess would be ", named, ".");
  const line = threshold === null ? "which is too little to say so" : `and below ${percent(threshold)} I would rather not say`;
  return element("p", { class: "sure" }, "It looks most like ", named, `, ${line}.`);
}

function warnings(row) {
  return row.warnings.length ? element("p", { class: "warning" }, sentence(row.warnings.join("; "))) : null;
}

// The photo's own position, of a broken one too; it stands above what is recognised.
function ownPosition(row) {
  const own = ownPlace(row);
  if (own === null) return null;
  return element("p", { class: "own" }, "Its own position: ",
    element("span", { class: "coordinates" }, coordinates(own)), ` (${row.known_from})`);
}

function suspicion(row) {
  if (!row.suspect) return null;
  return element("p", { class: "suspect" }, element("strong", {}, "Suspect: "),
    `its own position is ${kilometres(row.distance_km)} away from ${row.landmark}. `
    + "Either that position is wrong, or the photo shows a copy or a picture of the landmark.");
}

function place(row, file) {
  const [landmark, own] = [landmarkPlace(row), ownPlace(row)];
  const places = [landmark, own].filter(Boolean);
  if (!places.length) return row.landmark === null ? null : element("p", { class: "warning" }, "Its place is not known.");
  const about = row.radius_km === null ? [] : [`within ${row.radius_km} km`];
  if (row.distance_km !== null) about.push(`${kilometres(row.distance_km)} away`);
  return element("div", {},
    element("figure", {}, drawMap(places.map((at) => ({ at })), `${places.map((at) => at.name).join(" and ")} on a map of the world`)),
    landmark && element("p", { class: own ? "where with-own" : "where" },
      own && element("span", {}, `${row.landmark}:`),
      element("span", { class: "coordinates" }, coordinates(landmark)),
      element("span", { class: "hint" }, about.join(", "))),
    element("p", { class: "line" }, ...ACTIONS.map((action) => action(row, file))));
}

function ownPlace(row) {
  if (row.known_latitude == null) return null; // nor is there one where the server gave no row
  return { latitude: row.known_latitude, longitude: row.known_longitude, name: "Its own position", radius_km: null, isOwn: true };
}

function landmarkPlace(row) {
  if (row.latitude == null) return null;
  return { latitude: row.latitude, longitude: row.longitude, name: row.landmark, radius_km: row.radius_km, isOwn: false };
}

function whereTaken(row) { // as far as it is known: where the photo says so, else where the landmark stands
  return ownPlace(row) ?? landmarkPlace(row);
}

function candidates(row) {
  return element("div", {},
    element("h3", {}, "Candidates"),
    element("ol", { class: "candidates" }, ...row.candidates.map((candidate) =>
      element("li", {},
        element("span", {}, candidate.landmark),
        element("span", { class: "percent" }, percent(candidate.confidence)),
        element("meter", { value: candidate.confidence, min: 0, max: 1, "aria-hidden": "true" })))));
}

// Which part of the photo spoke for the answer: asked only when somebody wants to see it, for it takes a second.
function why(row, file) {
  const button = element("button", { type: "button" }, "Why?");
  const place = element("div", { class: "why" }, button);
  button.addEventListener("click", async () => {
    const response = await follow(button, "/v1/explain", file, "Looking closer");
    if (!response) return;
    const url = URL.createObjectURL(await response.blob());
    const alt = `Heat map: which part of the photo contributed to ${row.candidates[0].landmark}`;
    const hadFocus = document.activeElement === button;
    place.replaceChildren(element("img", { src: url, alt, tabindex: "-1" }));
    if (hadFocus) place.firstChild.focus({ preventScroll: true });
  });
  return place;
}

function download(row, file) {
  if (row.landmark === null || row.suspect) return null; // the server would write nothing
  const button = element("button", { type: "button" }, "Download with place");
  button.addEventListener("click", async () => {
    const response = await follow(button, "/v1/tag", file, "Writing");
    if (!response) return;
    const isSidecar = (response.headers.get("Content-Type") ?? "").startsWith("application/rdf+xml");
    const name = `${file.name || "photo"}${isSidecar ? ".xmp" : ""}`;
    const url = URL.createObjectURL(await response.blob());
    const link = element("a", { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    button.textContent = isSidecar ? "Downloaded its sidecar" : "Downloaded";
  });
  return button;
}

// Asks the server about a photo once more; the button says how it goes, and can be pressed again where it failed.
async function follow(button, path, file, meanwhile) {
  if (button.getAttribute("aria-disabled") === "true") return null;
  const text = button.textContent;
  button.setAttribute("aria-disabled", "true"); // a button that is really disabled loses the focus
  button.textContent = `${meanwhile} …`;
  try {
    const form = new FormData();
    form.append("photo", file, file.name || "photo");
    const response = await ask(path, { method: "POST", body: form });
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    button.textContent = response.status === 503 ? "Busy: try again" : said.error?.message ?? "Failed: try again";
  } catch {
    button.textContent = "No server: try again";
  } finally {
    button.removeAttribute("aria-disabled");
  }
  button.title = text;
  return null;
}

function copyCoordinates(row) {
  const text = ownPlace(row) ? "Copy its own position" : "Copy coordinates";
  const button = element("button", { type: "button" }, text);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(coordinates(whereTaken(row)));
      button.textContent = "Copied";
    } catch { // without https only this machine's own pages may write there
      getSelection().selectAllChildren(button.closest(".said").querySelector(".coordinates"));
      button.textContent = "Selected: copy it";
    }
    setTimeout(() => { button.textContent = text; }, 2000);
  });
  return button;
}

function openMap(row) {
  const link = element("a", { class: "button map-link", target: "_blank", rel: "noopener noreferrer" });
  link.at = whereTaken(row);
  pointToMap(link);
  return link;
}

function pointToMap(link) {
  const name = $("map-choice").value;
  const around = 40075 * Math.max(0.01, Math.cos((link.at.latitude * Math.PI) / 180)); // the Earth there, in km
  const zoom = Math.min(17, Math.max(2, Math.floor(Math.log2(around / (1.28 * (link.at.radius_km ?? 1))))));
  link.href = MAPS[name](link.at, zoom);
  link.textContent = `Open in ${name}`;
}

// ---- the map, the summary, the model

// Points are {at} or {at, href}; one alone gets a cross, so that it is found at once.
function drawMap(points, title) {
  const picture = drawn("svg", { class: "map", viewBox: "-180 -84 360 144", role: "img", "aria-label": title },
    drawn("use", { href: "#world", x: -180, y: -84, width: 360, height: 144 }));
  for (const { at, href } of points) {
    const [x, y] = [at.longitude, -at.latitude];
    if (points.length === 1) {
      picture.append(drawn("path", { class: "cross", d: `M-180 ${y}H180M${x} -84V60` }));
    }
    const pin = drawn("circle", { class: at.isOwn ? "pin own-pin" : "pin", cx: x, cy: y, r: points.length === 1 ? 4 : 3.2 });
    pin.append(drawn("title", {}, at.name));
    picture.append(href ? drawn("a", { href, "aria-label": at.name }, pin) : pin);
  }
  if (points.some((point) => point.href)) picture.setAttribute("role", "group");
  return picture;
}

function updateSummary() {
  $("results").hidden = entries.length === 0;
  document.body.classList.toggle("has-answers", entries.length > 0);
  const done = entries.filter((entry) => entry.row);
  const counts = { recognised: 0, suspect: 0, "with a position of its own": 0, unknown: 0, "without an answer": 0 };
  for (const { row } of done) counts[state(row)] += 1;
  const parts = Object.entries(counts).filter(([, count]) => count).map(([name, count]) => `${count} ${name}`);
  const photos = entries.length === 1 ? "1 photo" : `${entries.length} photos`;
  const rest = entries.length - done.length;
  const text = `${photos}${parts.length ? `: ${parts.join(", ")}` : ""}${rest ? `; looking at ${rest}` : ""}`;
  if ($("summary").textContent !== text) $("summary").textContent = text; // a screen reader announces changes only
  const places = new Map(); // the first photo of each
  for (const { row, file, card } of entries) {
    const at = row && whereTaken(row);
    const key = at?.isOwn ? `${at.latitude.toFixed(1)}, ${at.longitude.toFixed(1)}` : at?.name; // about ten km on a map
    if (at && !places.has(key)) places.set(key, { at: { ...at, name: at.isOwn ? file.name : at.name }, href: `#${card.id}` });
  }
  $("overview").hidden = places.size < 2;
  $("overview").replaceChildren(...(places.size < 2 ? [] : [drawMap([...places.values()], "All places on a map of the world")]));
}

function state(row) {
  if (row.error !== null) return "without an answer";
  if (row.suspect) return "suspect";
  if (row.landmark) return "recognised";
  return ownPlace(row) ? "with a position of its own" : "unknown";
}

async function describeModel() {
  const response = await ask("/v1/model").catch(() => null);
  if (response?.status === 401) return askForToken();
  if (!response?.ok) return;
  const card = await response.json();
  threshold = card.calibration.threshold;
  $("model").textContent = `Knows ${card.categories.length} landmarks (${card.name}, version ${card.version}).`;
}

for (const name of Object.keys(MAPS)) $("map-choice").append(element("option", {}, name));
$("map-choice").value = MAPS[localStorage.getItem("map")] ? localStorage.getItem("map") : Object.keys(MAPS)[0];
$("map-choice").addEventListener("change", () => {
  localStorage.setItem("map", $("map-choice").value);
  document.querySelectorAll(".map-link").forEach(pointToMap);
});
describeModel();

// ---- small helpers

// What comes from a photo or the server is only ever set as text.
function element(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function percent(fraction) { // never rounded to certainty
  if (fraction >= 0.995) return "> 99 %";
  return fraction < 0.005 ? "< 1 %" : `${Math.round(100 * fraction)} %`;
}

function coordinates(at) {
  return `${at.latitude.toFixed(4)}, ${at.longitude.toFixed(4)}`;
}

function kilometres(km) {
  return `${km < 9.95 ? km.toFixed(1) : Math.round(km).toLocaleString("en")} km`;
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
