// Tables that say so can be sorted, and searched where they are long. Without this they are tables.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], top = body.rows[0];
  const words = new Intl.Collator(document.documentElement.lang, {numeric: true});
  const value = (row, at) => at ? parseFloat(row.cells[at].dataset.v) : row.cells[0].textContent;
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const order = head.ariaSort === (at ? "descending" : "ascending") ? 1 : 0;
      const down = at ? !order : order;
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.ariaSort = down ? "descending" : "ascending";
      const rows = [...body.rows].slice(1).map(row => [value(row, at), row]);
      // What is not known stands last, whichever way.
      rows.sort(([a], [b]) => at
        ? isNaN(a) - isNaN(b) || (down ? b - a : a - b) || 0
        : words.compare(a, b) * (down ? -1 : 1));
      body.append(...rows.map(([, row]) => row));
    };
  });
  if (table.dataset.find) {
    const label = document.createElement("label"), field = document.createElement("input");
    const found = document.createElement("output");
    label.className = "finder";
    field.type = "search";
    label.append(table.dataset.find, " ", field, found);
    table.parentElement.before(label);
    const names = [...body.rows].map(row => [row.cells[0].textContent.toLocaleLowerCase(), row]);
    field.oninput = () => {
      const asked = field.value.toLocaleLowerCase();
      for (const [name, row] of names) row.hidden = row !== top && !name.includes(asked);
      const shown = names.filter(([, row]) => !row.hidden).length;
      found.value = asked ? shown - !top.cells[0].textContent.toLocaleLowerCase().includes(asked) : "";
    };
  }
}
