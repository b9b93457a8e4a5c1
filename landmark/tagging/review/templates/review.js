"use strict";
// What is ticked is written: counts it, ticks whole places, and saves the decisions as a file.
const kept = JSON.parse(document.getElementById("kept").textContent);
const boxes = [...document.querySelectorAll(".tile input")];
const count = document.getElementById("count");

function show() {
  const ticked = boxes.filter((box) => box.checked).length;
  count.textContent = `${ticked.toLocaleString("en")} of ${boxes.length.toLocaleString("en")} proposals will be written.`;
  for (const box of boxes) box.closest(".tile").classList.toggle("declined", !box.checked);
}

function decisions() {
  const photos = {};
  for (const box of boxes) {
    const [photo, accepted] = kept.proposals[Number(box.value)];
    photos[photo] = { ...accepted, write: box.checked };
  }
  const write = document.querySelector("input[name=write]:checked").value;
  return { ...kept.settings, write, photos };
}

document.addEventListener("change", show);
for (const button of document.querySelectorAll("button[data-tick]")) {
  button.addEventListener("click", () => {
    const tiles = document.getElementById(button.getAttribute("aria-controls"));
    for (const box of tiles.querySelectorAll("input")) box.checked = button.dataset.tick === "all";
    show();
  });
}
document.getElementById("save").addEventListener("click", () => {
  const text = JSON.stringify(decisions(), null, 1) + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = kept.file_name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
});
show();
