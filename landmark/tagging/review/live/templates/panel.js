// The panel beside the list: the photo at hand, what is proposed and why, what speaks against it, and its candidates.

import { rows, stateOf } from "/page/api.js";
import { make, pictureOf } from "/page/list.js";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function dot(kind, [north, east], radius) {
  const circle = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ class: kind, cx: east, cy: -north, r: radius })) circle.setAttribute(name, value);
  return circle;
}

export function drawMap(album) {
  const dots = album.known.map((at) => dot("known", at, 1.2));
  album.groups.forEach((group, index) => {
    if (!group.at) return;
    const link = document.createElementNS(SVG, "a");
    link.setAttribute("href", `#group-${index}`);
    link.setAttribute("aria-label", `${group.title}: ${group.where}`);
    link.append(dot("place", group.at, 3));
    dots.push(link);
  });
  $("dots").replaceChildren(...dots, Object.assign(dot("here", [0, 0], 6), { id: "here" }));
  $("here").setAttribute("visibility", "hidden");
}

function showHere(at) {
  $("here").setAttribute("visibility", at ? "visible" : "hidden");
  if (at) [["cx", at[1]], ["cy", -at[0]]].forEach(([name, value]) => $("here").setAttribute(name, value));
}

function section(title, items, kind = "") {
  if (!items.length) return [];
  const found = make("ul", undefined, { class: kind });
  found.append(...items.map((item) => make("li", item)));
  return [make("h3", title), found];
}

export function show(current, selected) {
  const one = rows.get(current);
  const many = selected.size > 1;
  const fixed = !one || one.kind === "suspect" || one.result?.[0];
  $("accept").disabled = many ? false : fixed || (one.kind === "unknown" && !one.choice?.by_hand);
  $("decline").disabled = $("text").disabled = many ? false : Boolean(fixed);
  if (!one) return;
  const { row, choice, result } = one;
  const parts = many ? [make("h2", `${selected.size.toLocaleString("en")} photos are selected`)] : single(one, current);
  $("about").replaceChildren(...parts);
  $("candidates").replaceChildren(...(many || fixed ? [] : row.candidates).map(([landmark, words], index) => {
    const item = make("li");
    const chosen = choice?.write ? choice.label === landmark : !choice && one.kind === "proposed" && row.label === landmark;
    const button = make("button", undefined, { type: "button", "data-candidate": index, "aria-pressed": chosen });
    button.append(make("kbd", index + 1), make("span", landmark), make("small", words));
    item.append(button);
    return item;
  }));
  $("why").replaceChildren(...(many ? [] : [
    ...(result && !result[0] ? section("Not written", [result[1]], "against") : []),
    ...section("Warnings", row.warnings),
  ]));
  showHere(many ? null : row.at ?? row.known);
}

function pictureFor(number, name) {
  const there = $("about").querySelector(`img[data-number="${number}"]`);
  if (there) return there; // drawn already
  const image = make("img", undefined, { src: pictureOf(number), alt: `The photo ${name}`, decoding: "async", "data-number": number });
  image.addEventListener("error", () => image.remove(), { once: true });
  return image;
}

function single(one, current) {
  const { row, choice, result, kind } = one;
  const decided = result?.[0] ? result[1] : choice ? (choice.write ? `to be written${choice.by_hand ? ", by hand" : ""}: ${choice.label}` : "declined")
    : kind === "proposed" ? "to be written unless you decline" : stateOf(one)[1].replace("? ", "none yet; proposed is ");
  const at = row.at ? `${row.at[0]}, ${row.at[1]}${row.radius_km ? ` (within ${row.radius_km} km)` : ""}` : "";
  return [
    pictureFor(current, row.name),
    make("h2", row.label ? `${row.label}${row.words ? `, ${row.words}` : ""}` : "No landmark I know"),
    make("p", row.reason),
    ...row.against.map((why) => make("p", `Against it: ${why}`, { class: "against" })),
    ...(at ? [make("p", at, { class: "soft" })] : []),
    make("p", `Decision: ${decided}`),
    make("p", [row.photo, row.taken, row.camera].filter(Boolean).join(" · "), { class: "soft" }),
  ];
}
