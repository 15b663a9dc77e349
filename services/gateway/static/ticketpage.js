// The page of one ticket, beyond links and forms: tabs, a draft that outlives a reload, a countdown, a copied number.
// Everything it does can be done without it.
"use strict";
(() => {
  const page = document.querySelector(".columns.ticket");
  if (!page) return;
  const language = document.documentElement.lang;

  // ---- tabs: what is written to the client, and what colleagues read

  function tabbed(part) {
    const panels = [...part.querySelectorAll("[data-tab]")];
    const list = document.createElement("div");
    list.className = "tablist";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-labelledby", part.getAttribute("aria-labelledby"));
    const tabs = panels.map((panel) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `${panel.id}-tab`;
      tab.textContent = panel.dataset.tab;
      tab.className = panel.classList.contains("to-client") ? "to-client" : "among-us";
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      if (panel.dataset.tabKey) tab.dataset.key = panel.dataset.tabKey;
      tab.addEventListener("click", (event) => {
        choose(panel);
        if (event.detail === 0) (panel.querySelector("textarea") || panel.querySelector("select"))?.focus(); // by a key, not by the pointer
      });
      list.append(tab);
      return tab;
    });
    function choose(chosen) {
      panels.forEach((panel, at) => {
        const here = panel === chosen;
        panel.hidden = !here;
        tabs[at].setAttribute("aria-selected", String(here));
        tabs[at].tabIndex = here ? 0 : -1;
      });
    }
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
      choose(panels[next]);
      tabs[next].focus();
      event.preventDefault();
    });
    panels[0].before(list);
    part.classList.add("tabbed");
    const wanted = location.hash.slice(1) || part.dataset.open;
    choose(panels.find((panel) => panel.id === wanted) || panels.find((panel) => panel.id === part.dataset.open) || panels[0]);
    addEventListener("hashchange", () => {
      const panel = panels.find((each) => each.id === location.hash.slice(1));
      if (panel) choose(panel);
    });
  }
  document.querySelectorAll("[data-tabs]").forEach(tabbed);

  // ---- a step that an address points to is open, with the cursor in it

  function unfold() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target || !target.classList.contains("step")) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = target.querySelector("input:not([type=hidden]), textarea, select, button");
    if (field) field.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start" });
  }
  addEventListener("hashchange", unfold);
  unfold();

  // ---- drafts: what is being written is kept in this tab until it was sent

  const place = (name) => `draft ${page.dataset.person} ${page.dataset.ticket} ${name}`;
  const kept = {
    get: (name) => { try { return sessionStorage.getItem(place(name)); } catch { return null; } },
    put: (name, text) => { try { text ? sessionStorage.setItem(place(name), text) : sessionStorage.removeItem(place(name)); } catch { /* a browser that keeps nothing */ } },
  };
  // What a form was sent with is dropped once the page that comes next says that it was done, and kept when it is not.
  if (page.dataset.done) (kept.get(" sent") || "").split(" ").filter(Boolean).forEach((name) => kept.put(name, ""));
  kept.put(" sent", "");
  document.addEventListener("submit", (event) => {
    const areas = event.target.closest(".ticket") ? [...event.target.querySelectorAll("textarea")] : [];
    kept.put(" sent", areas.map((area) => area.name).join(" "));
  });
  document.querySelectorAll(".ticket textarea").forEach((area) => {
    const draft = kept.get(area.name);
    if (draft && !area.value.trim()) area.value = draft;
    else if (area.value.trim()) kept.put(area.name, area.value);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches(".ticket textarea")) kept.put(event.target.name, event.target.value);
  });
  document.querySelectorAll('form[action$="/sign-out"]').forEach((form) =>
    form.addEventListener("submit", () => {
      try {
        Object.keys(sessionStorage).filter((key) => key.startsWith("draft ")).forEach((key) => sessionStorage.removeItem(key));
      } catch { /* nothing was kept */ }
    }));

  // ---- a prepared text goes where the cursor is

  document.addEventListener("htmx:configRequest", (event) => {
    const caret = event.target.closest("form")?.querySelector("[data-caret]");
    const area = caret && caret.form.elements[caret.dataset.caret];
    if (area) event.detail.parameters[caret.name] = String([...area.value.slice(0, area.selectionStart)].length);
  });
  document.addEventListener("htmx:afterSwap", () => {
    const area = document.querySelector("#reply-part textarea");
    if (area) kept.put(area.name, area.value);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, requestConfig } = event.detail;
    const button = requestConfig.elt;
    // signed out meanwhile, or the like: the form is sent whole, and the page that comes says so
    if (button.matches("button[formaction]") && !xhr.responseText.includes(`id="${target.id}"`)) button.form.requestSubmit(button);
  });

  // ---- a reply that is about to leave

  document.querySelectorAll("[data-leaves]").forEach((part) => {
    const end = performance.now() + Number(part.dataset.leaves) * 1000;
    const shown = part.querySelector("[data-countdown]");
    const beat = setInterval(() => {
      const left = Math.max(Math.ceil((end - performance.now()) / 1000), 0);
      shown.textContent = shown.textContent.replace(/\d+/, String(left));
      if (left > 0) return;
      clearInterval(beat);
      part.querySelector("[role=status]").textContent = part.dataset.gone;
      part.querySelectorAll("form, .clip").forEach((each) => each.remove());
      setTimeout(() => window.htmx?.trigger("#timeline [aria-current]", "click"), 2000);
    }, 250);
  });

  // ---- small things

  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const text = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = text; }, 2000);
    });
  });

  document.querySelectorAll(".ticket input[type=file]").forEach((input) => {
    const list = document.createElement("ul");
    list.className = "chosen";
    list.setAttribute("aria-live", "polite");
    input.after(list);
    input.addEventListener("change", () => {
      list.replaceChildren(...[...input.files].map((file) => {
        const line = document.createElement("li");
        const name = document.createElement("bdi");
        name.textContent = file.name;
        const kilobytes = Math.ceil(file.size / 1024);
        const size = kilobytes < 1024 ? `${kilobytes} kB` : `${(file.size / 1048576).toLocaleString(language, { maximumFractionDigits: 1 })} MB`;
        line.append(name, ` · ${size}`);
        return line;
      }));
    });
  });
})();
