// Zones in rows, the hours of the chosen day in columns; only the rows in sight exist.
const ROW_HEIGHT = 28;
const SPARE_ROWS = 8;

function makeTable(holder, figures, data, words, visits, choose) {
  const head = element("div", { class: "table-row table-head", role: "row" });
  const body = element("div", { class: "table-body", role: "rowgroup" });
  const grid = element("div", { class: "table-grid", role: "table" }, head, body);
  holder.append(grid);
  let zones = [];
  let shown = "";
  let state = null;

  function colour(zone, hour, tiers) {
    return tiers.has(figures.tier(zone, hour)) ? figures.colourClass(zone, hour) : -1;
  }

  function fillHead() {
    head.replaceChildren(element("span", { class: "table-name", role: "columnheader" }, words.text("zone")));
    for (let hour = 0; hour < 24; hour += 1) {
      const button = element("button", { type: "button" }, `${hour}`);
      button.setAttribute("aria-label", words.clock(hour));
      const place = 24 * state.day + hour;
      const cell = element("span", { class: "table-cell", role: "columnheader" }, button);
      if (figures.isExtrapolated(place)) button.classList.add("extrapolated");
      if (place === state.hour) cell.classList.add("now");
      button.addEventListener("click", () => choose({ hour: place }));
      head.append(cell);
    }
  }

  function makeRow(zone, place) {
    const row = element("div", { class: "table-row", role: "row" });
    row.style.top = `${place * ROW_HEIGHT}px`;
    row.setAttribute("aria-rowindex", place + 2);
    if (zone === state.zone) row.classList.add("chosen");
    const button = element("button", { type: "button" }, nameNode(data.zones.name[zone]));
    button.addEventListener("click", () => choose({ zone }));
    row.append(element("span", { class: "table-name", role: "rowheader" }, button));
    for (let hour = 0; hour < 24; hour += 1) {
      const at = 24 * state.day + hour;
      const found = colour(zone, at, state.tiers);
      const value = figures.probability(zone, at);
      const text = Number.isNaN(value) ? "" : words.bareHundredths(value);
      const cell = element("span", { class: `table-cell ${found < 0 ? "faint" : `c${found}`}`, role: "cell" }, text);
      if (at === state.hour) cell.classList.add("now");
      const planned = visits.at(zone, at);
      if (planned.length) {
        cell.classList.add("visited");
        cell.title = planned.map((visit) => words.visit(visit)).join(", ");
      }
      cell.dataset.zone = zone;
      cell.dataset.hour = at;
      row.append(cell);
    }
    return row;
  }

  function fillBody(force) {
    const first = Math.max(0, Math.floor(holder.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const last = Math.min(
      zones.length,
      Math.ceil((holder.scrollTop + holder.clientHeight) / ROW_HEIGHT) + SPARE_ROWS,
    );
    if (!force && shown === `${first}-${last}`) return;
    shown = `${first}-${last}`;
    const focused = body.contains(document.activeElement);
    body.replaceChildren(...zones.slice(first, last).map((zone, place) => makeRow(zone, first + place)));
    if (focused) {
      const again = body.querySelector(".chosen button");
      if (again) again.focus({ preventScroll: true });
    }
  }

  holder.addEventListener("scroll", () => fillBody(false), { passive: true });
  body.addEventListener("click", (event) => {
    const cell = event.target.closest(".table-cell");
    if (cell) choose({ zone: Number(cell.dataset.zone), hour: Number(cell.dataset.hour) });
  });

  return {
    show(newState, newZones) {
      state = newState;
      zones = newZones;
      grid.setAttribute("aria-rowcount", zones.length + 1);
      grid.setAttribute("aria-label", words.text("table"));
      body.style.height = `${zones.length * ROW_HEIGHT}px`;
      fillHead();
      fillBody(true);
    },
    reveal(zone) {
      const place = zones.indexOf(zone);
      if (place < 0) return;
      const top = place * ROW_HEIGHT;
      const room = holder.clientHeight - 2 * ROW_HEIGHT;
      if (top < holder.scrollTop || top > holder.scrollTop + room) holder.scrollTop = Math.max(0, top - room / 2);
      fillBody(true);
    },
  };
}
