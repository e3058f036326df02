// Where to go first: the zones of the hour, or the zone-hours of the week.
const FIRST_ROWS = 40;

function makeRanked(page, figures, data, words, visits, choose) {
  let room = FIRST_ROWS;
  let last = null;

  function entries(state, passes) {
    if (state.list === "week") {
      return figures
        .best()
        .map((cell, place) => ({ zone: Math.floor(cell / HOURS), hour: cell % HOURS, rank: place + 1 }))
        .filter(({ zone, hour }) => passes(zone) && state.tiers.has(figures.tier(zone, hour)));
    }
    return state.rankedNow
      .filter((zone) => passes(zone) && state.tiers.has(figures.tier(zone, state.hour)))
      .map((zone) => ({ zone, hour: state.hour, rank: state.placeNow.get(zone) }));
  }

  function row({ zone, hour, rank }, state) {
    const probability = figures.probability(zone, hour);
    const expected = figures.expected(zone, hour);
    const tier = figures.tier(zone, hour);
    const bar = element("span", { class: "bar" }, element("span", { class: `fill c${figures.colourClass(zone, hour)}` }));
    bar.firstChild.style.width = `${Math.max(2, (100 * expected) / figures.mostExpected())}%`;
    const detail = element("span", { class: "detail" });
    if (state.list === "week") detail.append(element("span", { class: "when" }, words.shortHour(hour)));
    detail.append(bar, element("span", {}, words.counted("expected_short", "expected_shorts", expected)), element("span", { class: `tier t${tier}` }, words.text("tier_short", { tier })));
    const planned = visits.at(zone, hour).map((visit) => words.visitMark(visit)).join(", ");
    const where = element("span", { class: "where" }, nameNode(data.zones.name[zone]));
    if (planned) where.append(element("bdi", { class: "visit", title: planned }, planned));
    const button = element(
      "button",
      { type: "button", class: "ranked-row" },
      element("span", { class: "rank" }, words.number(rank, 0)),
      where,
      element("span", { class: "percent" }, words.percent(probability)),
      detail,
    );
    if (zone === state.zone && hour === state.hour) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => choose({ zone, hour }));
    return element("li", {}, button);
  }

  function fill(state, passes) {
    const found = entries(state, passes);
    page.ranked.replaceChildren(...found.slice(0, room).map((entry) => row(entry, state)));
    page.ranked_more.hidden = found.length <= room;
    const week = state.list === "week";
    page.ranked_note.textContent = !found.length
      ? words.text(figures.isMissing(0, state.hour) && !state.rankedNow.length && !week ? "hour_absent" : "nothing_listed")
      : week
        ? words.text("first_rows", { count: words.number(figures.best().length, 0) })
        : figures.isExtrapolated(state.hour)
          ? words.text("hour_extrapolated")
          : "";
  }

  page.ranked_more.addEventListener("click", () => {
    room += 4 * FIRST_ROWS;
    fill(last.state, last.passes);
  });
  moveByArrows(page.ranked);

  return {
    show(state, passes) {
      const focused = page.ranked.contains(document.activeElement);
      if (!last || last.list !== state.list || last.hour !== state.hour) room = FIRST_ROWS;
      const stays = last && last.list === state.list && (state.list === "week" || last.hour === state.hour);
      const scrolled = stays ? page.ranked.scrollTop : 0;
      fill(state, passes);
      if (scrolled || page.ranked.scrollTop) page.ranked.scrollTop = scrolled;
      last = { state, passes, list: state.list, hour: state.hour };
      const current = page.ranked.querySelector("[aria-current]");
      if (focused && current) current.focus({ preventScroll: true });
    },
  };
}
