// Every known zone in a row; a click on a column's title sorts by it, a second one the other way.
const ROWS_AT_ONCE = 25;

function makeStateTable(page, figures, data, words, choose) {
  const changedZones = new Map(data.happenings.changes.map((change) => [change[0], change[3]]));
  const hasStays = Object.keys(data.stays).length > 0;
  const stay = (place) => (zone) => figures.stays(zone)?.[place] ?? NaN;
  const columns = [
    { key: "spaces_column", value: (zone) => data.zones.spaces?.[zone] ?? NaN, show: (value) => words.whole(value) },
    { key: "last_week_column", value: (zone) => figures.lastWeek(zone), show: (value) => words.share(value), coloured: true },
    { key: "hour_column", value: (zone, hour) => figures.typical(zone, hour), show: (value) => words.share(value), coloured: true },
    { key: "change_column", value: (zone) => changedZones.get(zone) ?? NaN, show: (value) => (Number.isNaN(value) ? "" : words.signed(value)) },
    ...(hasStays
      ? [
          { key: "bays_column", value: stay(0), show: (value) => words.tenths(value) },
          { key: "rotation", value: stay(2), show: (value) => words.tenths(value) },
          { key: "mean_stay", value: stay(3), show: (value) => (Number.isNaN(value) ? "–" : words.minutes(Math.round(value))) },
          { key: "overstays", value: stay(4), show: (value) => words.shareTenths(value) },
          { key: "long_stays", value: stay(5), show: (value) => words.shareTenths(value) },
        ]
      : []),
  ];
  let limit = ROWS_AT_ONCE;
  let state = null;
  page.more.addEventListener("click", () => {
    limit += 4 * ROWS_AT_ONCE;
    fill();
  });

  function kept(passes) {
    const { shown, hour } = state;
    return figures.known.filter((zone) => {
      if (!passes(zone)) return false;
      if (shown === "full") return figures.isFull(figures.typical(zone, hour));
      if (shown === "empty") return figures.isEmpty(figures.typical(zone, hour));
      return shown !== "changed" || changedZones.has(zone);
    });
  }

  function sorted(zones) {
    const order = new Intl.Collator(words.locale(), { numeric: true });
    const byName = (a, b) => order.compare(data.zones.name[a], data.zones.name[b]) || a - b;
    const column = columns.find((one) => one.key === state.sort);
    const side = state.descending ? -1 : 1;
    if (!column) return zones.sort((a, b) => side * byName(a, b));
    const value = new Map(zones.map((zone) => [zone, column.value(zone, state.hour)]));
    // what is unknown comes last, whichever way
    return zones.sort((a, b) => {
      const [left, right] = [value.get(a), value.get(b)];
      if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right) || byName(a, b);
      return side * (left - right) || byName(a, b);
    });
  }

  function headCell(key, isText) {
    const cell = element("th", { scope: "col", class: isText ? "" : "n" });
    const chosen = state.sort === key;
    cell.setAttribute("aria-sort", chosen ? (state.descending ? "descending" : "ascending") : "none");
    const title = key === "hour_column" ? words.hourOfWeek(state.hour) : words.text(key);
    const arrow = chosen ? element("span", { ariaHidden: "true" }, state.descending ? " ▼" : " ▲") : "";
    const button = element("button", { type: "button" }, title, arrow);
    button.addEventListener("click", () => {
      choose({ sort: key, descending: chosen ? !state.descending : !isText });
      page.table.querySelector("[aria-sort='ascending'] button, [aria-sort='descending'] button")?.focus();
    });
    cell.append(button);
    return cell;
  }

  function rowOf(zone) {
    const row = element("tr", { class: zone === state.zone ? "chosen" : "" });
    row.append(element("th", { scope: "row" }, zoneButton(zone, data, choose)));
    row.append(element("td", { class: "basis" }, Number.isNaN(figures.lastWeek(zone)) ? "–" : words.basis(figures.basis(zone))));
    columns.forEach((column) => {
      const value = column.value(zone, state.hour);
      const cell = element("td", { class: "n" }, column.show(value));
      if (column.coloured && !Number.isNaN(value)) cell.prepend(element("i", { class: `dot-sample c${figures.colourClass(value)}`, ariaHidden: "true" }));
      row.append(cell);
    });
    return row;
  }

  function fill() {
    const zones = sorted(kept(state.passes));
    const head = element("tr", {}, headCell("zone", true), element("th", { scope: "col" }, words.text("basis_column")));
    columns.forEach((column) => head.append(headCell(column.key, false)));
    const body = element("tbody", {});
    zones.slice(0, limit).forEach((zone) => body.append(rowOf(zone)));
    page.table.replaceChildren(element("thead", {}, head), body);
    page.more.hidden = zones.length <= limit;
    page.table_note.textContent = words.text(zones.length < 2 ? "rows_one" : "rows_many", {
      shown: words.number(Math.min(limit, zones.length), 0),
      count: words.number(zones.length, 0),
    });
  }

  return {
    show(newState) {
      const filtered = !state || newState.shown !== state.shown || newState.search !== state.search;
      if (filtered) limit = ROWS_AT_ONCE;
      state = { ...newState };
      fill();
    },
  };
}
