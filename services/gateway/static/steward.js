// What the pages of staff do beyond links and forms: keys, and the manners of htmx. Every page works without it.
//
// A key is declared where it acts: `data-key="s"`, or `data-key="g d"` for two in a row. Pressed, it clicks a link or a
// button, ticks a choice (and goes on to what `data-leads` names), or puts the cursor into a field. Only j and k, which
// walk through the rows of any list, are known here. Keys are silent while somebody types, while an input method
// composes, and with Ctrl, Alt or Cmd.
"use strict";

(() => {
  const BETWEEN_MS = 1500; // how long the second key of two in a row is waited for
  const ROWS = "main tbody tr, main .tiles > li, main [data-row]";

  document.documentElement.classList.add("scripted");

  // ---- where one is: a row of tabs that is wider than a phone begins with the one that is shown

  const CURRENT = ["of-staff nav", "tabs", "views"].map((row) => `.${row} > [aria-current]`).join();

  function showCurrent() {
    for (const tab of document.querySelectorAll(CURRENT)) {
      const row = tab.parentElement;
      const [of, within] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
      if (row.scrollWidth > row.clientWidth) row.scrollLeft += of.left - within.left - (within.width - of.width) / 2;
    }
  }

  showCurrent();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.closest(".of-staff nav")) showCurrent(); // a count that came later moved the others
  });

  // ---- keys

  let before = ""; // the first of two keys
  let beforeAt = 0;

  function isTyping(at) {
    const choices = "[type=radio], [type=checkbox], [type=submit], [type=button]";
    return at.isContentEditable || at.matches(`textarea, select, input:not(${choices})`);
  }

  // Digits by their place on the board: a Vietnamese one types ă for 1. Letters as if Caps Lock were off.
  function pressed(event) {
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    if (event.shiftKey) return event.key;
    return digit ? digit[1] : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  }

  function shown(element) {
    return element.getClientRects().length > 0;
  }

  function declared(key) {
    return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(shown);
  }

  function act(element) {
    if (element.matches("input[type=radio], input[type=checkbox]")) {
      element.click();
      (document.getElementById(element.dataset.leads) || element).focus();
    } else if (isTyping(element)) {
      element.focus();
      element.select?.();
    } else {
      element.click();
    }
  }

  document.addEventListener("keydown", (event) => {
    const at = document.activeElement || document.body;
    if (event.key === "Escape") return hush();
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.defaultPrevented || isTyping(at)) return;
    const key = pressed(event);
    if (document.querySelector("dialog[open]") && key !== "?") return;
    if (key === "Enter" && at.matches("a, button, summary, input")) return; // these have an Enter of their own
    const both = event.timeStamp - beforeAt < BETWEEN_MS && before ? `${before} ${key}` : "";
    before = "";
    const found = (both && declared(both)) || declared(key);
    if (found) {
      act(found);
    } else if (key === "j" || key === "k") {
      if (!walk(key === "j" ? 1 : -1)) return;
    } else {
      if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) [before, beforeAt] = [key, event.timeStamp];
      return;
    }
    event.preventDefault();
  });

  // ---- rows: focus goes to the first link of a row, so that Enter, a screen reader and the eye agree where one is

  let last = -1; // where one was, when the row has gone since

  function walk(step) {
    const rows = [...document.querySelectorAll(ROWS)].map((row) => row.querySelector("a[href]"));
    const links = [...rows, document.querySelector("main a[rel=next]")].filter((link) => link && shown(link));
    if (!links.length) return false;
    const here = links.findIndex((link) => (link.closest(ROWS) || link).contains(document.activeElement));
    const from = here >= 0 ? here : last >= 0 && document.activeElement === document.body ? last - Math.max(step, 0) : -1;
    last = Math.min(Math.max(from + step, 0), links.length - 1);
    links[last].focus();
    links[last].scrollIntoView({ block: "nearest" });
    return true;
  }

  // ---- sheets, and what is shown on hover or focus, which Esc puts away

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const closer = event.target.closest("[data-closes]");
    const dialog = opener ? document.getElementById(opener.dataset.opens) : closer && closer.closest("dialog");
    if (dialog) dialog.open ? dialog.close() : dialog.showModal();
  });

  function hush() {
    for (const each of document.querySelectorAll(".clock:hover, .clock:focus-within")) each.classList.add("hushed");
  }

  for (const leaving of ["pointerout", "focusout"]) {
    document.addEventListener(leaving, (event) => event.target.closest?.(".clock")?.classList.remove("hushed"));
  }

  // ---- htmx

  const byItself = (element) => element.matches("[data-by-itself]");

  // What refreshes itself rests while nobody looks, and never keeps a session alive: the server is told which it is.
  document.addEventListener("htmx:configRequest", (event) => {
    if (byItself(event.detail.elt)) event.detail.headers["X-By-Itself"] = "1";
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const busy = document.hidden || document.querySelector("dialog[open], .clock:hover");
    if (byItself(event.detail.elt) && busy) event.preventDefault();
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const each of document.querySelectorAll("[data-by-itself]")) htmx.trigger(each, "awake");
  });

  // An answer that has the part that was asked for is shown, a refusal too; any other is left to the browser, which
  // does what it would have done without scripts. A form may be sent twice: its key makes the second time harmless.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, requestConfig } = event.detail;
    event.detail.shouldSwap = xhr.status !== 204 && xhr.responseText.includes(`id="${target.id}"`);
    event.detail.isError = false;
    if (!event.detail.shouldSwap) onward(requestConfig.elt);
  });

  document.addEventListener("htmx:sendError", (event) => onward(event.detail.requestConfig.elt));

  function onward(element) {
    if (byItself(element)) return;
    if (element.matches("form")) HTMLFormElement.prototype.submit.call(element);
    else if (element.form) element.form.requestSubmit(element); // a button with an address of its own
    else if (element.href) location.assign(element.href);
  }
})();
