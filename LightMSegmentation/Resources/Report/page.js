// Sorting, filtering and opening cases. Without this script the page shows every case, opened.
"use strict";
(() => {
  const table = document.getElementById("cases");
  const cases = [...table.querySelectorAll("tbody.case")];
  const nothing = document.getElementById("nothing");
  const headers = [...table.tHead.rows[0].cells];
  const form = document.querySelector(".filters");
  const search = document.getElementById("search");
  const lesions = document.getElementById("lesions");
  const count = document.getElementById("count");

  const setOpen = (item, open) => {
    item.classList.toggle("open-case", open);
    item.querySelector(".details").hidden = !open;
    item.querySelector(".open").setAttribute("aria-expanded", String(open));
  };

  const valueOf = (item, column) => item.rows[0].cells[column].dataset.value;

  const compare = (column, kind, direction) => (one, other) => {
    const [a, b] = [valueOf(one, column), valueOf(other, column)];
    if (a === "" || b === "") return (a === "") - (b === ""); // what is unknown comes last in either direction
    const order = kind.includes("number") ? Number(a) - Number(b) : a.localeCompare(b, undefined, { numeric: true });
    return direction * order;
  };

  const sortBy = (header) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    headers.forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const column = headers.indexOf(header);
    cases.sort(compare(column, header.dataset.kind, descending ? -1 : 1));
    table.append(...cases, nothing);
  };

  const fits = (item, words, states) => {
    const { state, text } = item.dataset;
    const number = Number(item.dataset.lesions);
    const wanted = { "": true, with: number > 0, without: number === 0 && state === "done", doubtful: item.dataset.doubtful > 0 };
    return states.has(state) && wanted[lesions.value] && words.every((word) => text.toLowerCase().includes(word));
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = new Set([...form.querySelectorAll("[name=state]:checked")].map((box) => box.value));
    let shown = 0;
    for (const item of cases) {
      item.hidden = !fits(item, words, states);
      shown += !item.hidden;
    }
    nothing.hidden = shown > 0;
    count.textContent = shown === cases.length ? `${shown} cases` : `${shown} of ${cases.length} cases`;
  };

  const openNamed = () => {
    const item = cases.find((one) => `#${one.id}` === location.hash);
    if (!item) return;
    if (item.hidden) {
      form.reset();
      filter();
    }
    setOpen(item, true);
    item.querySelector(".open").focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  };

  for (const item of cases) {
    setOpen(item, false);
    item.rows[0].addEventListener("click", () => {
      if (!String(getSelection())) setOpen(item, item.querySelector(".details").hidden);
    });
  }
  headers.forEach((header) => header.querySelector("button").addEventListener("click", () => sortBy(header)));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const kind of ["input", "change"]) form.addEventListener(kind, filter);
  form.addEventListener("reset", () => setTimeout(filter));
  addEventListener("hashchange", openNamed);
  headers[0].setAttribute("aria-sort", "ascending");
  filter();
  openNamed();
})();
