// What HTML alone does not do: selecting many, the dialog, copying, previews while typing. No page needs it to be read.
"use strict";
(() => {
  const said = (text) => { document.getElementById("said").textContent = text; };
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Selecting users: one, a page, or all that the filter lets through.
  const boxes = () => all('#users input[name="user"]');
  function showSelection() {
    const list = document.getElementById("users");
    if (!list) return;
    const matching = list.querySelector("#all-matching");
    const chosen = boxes().filter((box) => box.checked).length;
    const any = matching.value !== "" || chosen > 0;
    const page = list.querySelector("[data-select-page]");
    if (page) {
      page.checked = chosen > 0 && chosen === boxes().length;
      page.indeterminate = chosen > 0 && chosen < boxes().length;
    }
    list.querySelector("[data-selected]").textContent =
      matching.value !== "" ? "All matching selected" : chosen ? `${chosen} selected` : "None selected";
    list.querySelector("[data-clear-selection]").hidden = !any;
    all("[data-needs-selection]", list).forEach((button) => { button.disabled = !any; });
  }
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-select-page]")) boxes().forEach((box) => { box.checked = target.checked; });
    if (target.matches('#users [data-select-page], #users input[name="user"]')) {
      document.getElementById("all-matching").value = "";
      showSelection();
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-select-matching]")) {
      boxes().forEach((box) => { box.checked = true; });
      document.getElementById("all-matching").value = "1";
      showSelection();
    } else if (button.matches("[data-clear-selection]")) {
      boxes().forEach((box) => { box.checked = false; });
      document.getElementById("all-matching").value = "";
      showSelection();
      document.querySelector("[data-select-matching]").focus();
    } else if (button.matches("[data-copy]")) {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        said("Copied");
        button.classList.add("copied");
        setTimeout(() => button.classList.remove("copied"), 2000);
      } catch {
        said("The browser does not allow copying here");
      }
    }
  });

  // The dialog opens when it is filled, and gives the focus back where it was.
  let opener = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "dialog" && !event.detail.target.open) opener = document.activeElement;
  });
  document.addEventListener("htmx:beforeSwap", (event) => { // closed meanwhile: it stays closed
    const { target, requestConfig } = event.detail;
    if (requestConfig.elt.id === "draft-form" && !target.open && target.showModal) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target;
    if (dialog.id === "dialog" && dialog.showModal && !dialog.open) dialog.showModal();
    showSelection();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    all("[data-said]", event.detail.target).forEach((one) => said(one.dataset.said));
  });
  document.addEventListener("close", (event) => {
    if (event.target.id !== "dialog") return;
    event.target.replaceChildren();
    if (opener?.isConnected) opener.focus();
  }, true);

  // A button that leads to a page of its own goes past what its form does.
  document.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) event.stopPropagation();
  }, true);
  document.addEventListener("change", (event) => {
    const { tickAll } = event.target.dataset;
    if (tickAll) all(`input[name="${tickAll}"]`, event.target.form).forEach((box) => { box.checked = event.target.checked; });
  });

  // What a form leaves empty does not belong in the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    const values = event.detail.formData;
    for (const name of [...values.keys()]) if (values.get(name) === "") values.delete(name);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "get" || event.target.hasAttribute("hx-get")) return;
    all("input, select", event.target).forEach((one) => { one.disabled ||= one.value === ""; });
  });
  window.addEventListener("pageshow", () => all("form[method=get] :disabled").forEach((one) => { one.disabled = false; }));

  // A page for what went wrong takes the place of the page; a broken connection is told.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400) return;
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector("main");
    notify(page?.querySelector("h1") ? `${page.querySelector("h1").textContent}: ${page.querySelector("p").textContent}` : "That did not work. Reload the page.");
  });
  document.addEventListener("htmx:sendError", () => notify("The connection broke. Nothing was changed; try again."));
  function notify(text) {
    document.querySelector(".toast")?.remove();
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.setAttribute("role", "alert");
    toast.textContent = text;
    (document.querySelector("dialog[open]") ?? document.body).append(toast);
    setTimeout(() => toast.remove(), 12000);
  }

  // Previews while typing: the form's content, posted into a fresh frame that takes the old one's place once it is
  // there. So nothing flickers, and the way back does not lead through every preview.
  let waiting = 0;
  let previews = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-live-preview]");
    if (!form || event.target.closest("[data-unseen]")) return; // what the preview does not show
    clearTimeout(waiting);
    waiting = setTimeout(() => preview(form), 400);
  });
  function preview(form) {
    const shown = document.querySelector("iframe.preview:not([hidden])");
    document.querySelector("iframe.preview[hidden]")?.remove();
    const next = shown.cloneNode();
    next.removeAttribute("src");
    next.hidden = true;
    next.name = `preview-${previews += 1}`; // a name of its own: the browser would not hear of a change of it
    shown.after(next);
    next.addEventListener("load", () => { shown.remove(); next.hidden = false; }, { once: true });
    const copy = document.createElement("form");
    copy.method = "post";
    copy.action = form.dataset.livePreview;
    copy.target = next.name;
    copy.hidden = true;
    for (const [name, value] of new FormData(form)) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      copy.append(field);
    }
    document.body.append(copy);
    copy.submit();
    copy.remove();
  }

  // Another draft's preview takes the place of the one that is shown; likewise without a step on the way back.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-preview]");
    const shown = document.querySelector("#dialog iframe.preview");
    if (!link || !shown) return;
    event.preventDefault();
    const next = shown.cloneNode();
    next.src = link.href;
    shown.replaceWith(next);
  });

  document.documentElement.classList.add("js");
  showSelection();
})();
