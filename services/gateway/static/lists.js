// Lists whose rows can be chosen: all of the page at once, and how many are chosen. Every list works without it.
"use strict";

const form = document.getElementById("chosen");

if (form) {
  const all = form.querySelector("[data-all]");
  const every = form.querySelector("input[name=all]");
  const said = form.querySelector("[data-count]");
  const rows = () => [...form.querySelectorAll("tbody input[type=checkbox]")];

  const tell = () => {
    const chosen = rows().filter((row) => row.checked).length;
    const box = all.querySelector("input");
    box.checked = chosen > 0 && chosen === rows().length;
    box.indeterminate = chosen > 0 && !box.checked;
    if (said) said.textContent = chosen && !(every && every.checked) ? said.dataset.text.replace("{count}", chosen) : "";
    for (const row of rows()) {
      row.closest("tr").classList.toggle("chosen", row.checked);
      row.disabled = Boolean(every && every.checked);
    }
  };

  all.hidden = rows().length === 0;
  form.querySelector("[data-no-all]").hidden = true;
  all.querySelector("input").removeAttribute("name"); // it says nothing to the server
  all.addEventListener("change", (event) => {
    for (const row of rows()) {
      row.checked = event.target.checked;
    }
    tell();
  });
  form.addEventListener("change", tell);
  window.addEventListener("pageshow", tell); // a browser that goes back keeps what was ticked
  tell();
}
