// Ties the parts together: one state, one way to change it, each part shows what it was given.
function startDashboard(page, data) {
  const figures = makeStateFigures(data);
  const words = makeStateWords(data);
  const folded = data.zones.name.map((name) => foldText(name));
  const state = {
    hour: figures.busiest(),
    zone: null,
    span: "charged",
    shown: "all",
    search: "",
    sort: "last_week_column",
    descending: true,
    passes: (zone) => !state.search || folded[zone].includes(state.search),
  };
  const townWeek = makeTownWeek(page, figures, words, change);
  const showExtremes = makeExtremes(page.extremes, figures, data, words, change);
  const changed = makeChanged(page.changed, figures, data, words, change);
  const panel = makeStateZone(page.zone_body, figures, data, words, changed, change);
  const table = makeStateTable(page, figures, data, words, change);
  let drawing = null;

  function hoverText(zone) {
    const share = words.share(figures.typical(zone, state.hour));
    return element("div", { class: "hover" }, nameNode(data.zones.name[zone], "hover-name"), element("br"), element("b", {}, share));
  }

  function styleOf(zone) {
    const share = figures.typical(zone, state.hour);
    return {
      fill: Number.isNaN(share) ? data.absent_colour : data.colours[figures.colourClass(share)],
      faint: !state.passes(zone),
      strong: figures.isFull(share),
    };
  }

  function change(changes) {
    const { reveal, ...rest } = changes;
    const before = { ...state };
    Object.assign(state, rest);
    showChoices();
    if (state.hour !== before.hour || state.search !== before.search) showHour();
    if (state.zone !== before.zone && drawing) drawing.pick(state.zone);
    panel.show(state.zone, state.hour, false);
    table.show(state);
    if (state.span !== before.span) showTrend();
    if (state.search !== before.search) showFound();
    if (reveal) document.getElementById("zones-title").scrollIntoView();
  }

  function showHour() {
    townWeek.show(state.hour);
    const full = showExtremes(state.hour);
    page.map_hour.textContent = words.hourOfWeek(state.hour);
    if (!drawing) return;
    drawing.restyle(styleOf);
    drawing.mark(full, null);
  }

  function showChoices() {
    document.querySelectorAll("[data-choice]").forEach((button) => {
      const [key, value] = button.dataset.choice.split("=");
      button.setAttribute("aria-pressed", String(state[key] === value));
    });
  }

  function showNow() {
    const [share, low, high] = figures.townWeek("charged", data.weeks - 1);
    page.town_now.textContent = words.share(share);
    page.town_interval.textContent = words.text("interval", { low: words.share(low), high: words.share(high) });
  }

  function showTrend() {
    const weeks = data.school.map((_, week) => figures.townWeek(state.span, week));
    const series = { value: weeks.map((week) => week[0]), lower: weeks.map((week) => week[1]), upper: weeks.map((week) => week[2]) };
    const size = { width: Math.max(280, page.chart.clientWidth), height: page.chart.clientHeight };
    const say = (week) => {
      const [share, low, high] = week === null ? [] : weeks[week];
      const holiday = week !== null && data.school[week] ? words.text("in_holidays") : "";
      page.chart_week.textContent =
        week === null
          ? words.text("chart_hint")
          : `${words.label(words.weekFrom(week) + holiday)}${words.share(share)}${Number.isNaN(share) ? "" : ` (${words.share(low)} – ${words.share(high)})`}`;
      return page.chart_week.textContent;
    };
    page.chart.replaceChildren(drawTrend(series, data.school, words, size, words.text("trend_of", { weeks: words.number(data.weeks, 0) }), say));
  }

  const spanOf = (low, high) => (low === undefined ? `< ${words.hundredths(high)}` : `${words.hundredths(low)}–${words.hundredths(high)}`);

  function showLegend() {
    const keys = data.colours.map((_, place) => {
      const [low, high] = [data.breaks[place - 1], data.breaks[place]];
      const text = high === undefined ? words.text("full_key", { span: `≥ ${words.hundredths(low)}` }) : spanOf(low, high);
      return element("span", { class: "key" }, element("i", { class: `c${place}` }), text);
    });
    const unknown = element("span", { class: "key" }, element("i", { class: "absent" }), words.text("unknown"));
    page.legend.replaceChildren(element("div", {}, element("b", {}, words.text("legend")), ...keys, unknown));
  }

  function showFound() {
    const typed = page.search.value.trim();
    const count = typed ? folded.filter((_, zone) => state.passes(zone)).length : 0;
    const key = count === 0 ? "search_nothing" : count === 1 ? "search_some" : "search_many";
    page.found.textContent = typed ? words.text(key, { search: typed, count: words.number(count, 0) }) : "";
  }

  function translate() {
    translateParts(words, data.written[words.language]);
    page.search.placeholder = words.text("search");
    showNow();
    showTrend();
    showLegend();
    changed.show();
    townWeek.translate(state.hour);
    showHour();
    showFound();
    panel.show(state.zone, state.hour, true);
    table.show(state);
    if (drawing) drawing.translate();
  }

  document.querySelectorAll("[data-choice]").forEach((button) => {
    const [key, value] = button.dataset.choice.split("=");
    button.addEventListener("click", () => change({ [key]: value }));
  });
  page.search.addEventListener("input", () => change({ search: foldText(page.search.value) }));
  page.search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !state.search) return;
    event.preventDefault();
    const found = folded.map((_, zone) => zone).filter(state.passes);
    const first = found.find(figures.isKnown) ?? found[0];
    if (first !== undefined) change({ zone: first });
  });
  page.language.addEventListener("click", () => {
    words.language = words.language === "fr" ? "en" : "fr";
    translate();
  });
  page.print.addEventListener("click", () => window.print());
  window.addEventListener("resize", showTrend);

  function startDrawing() {
    drawing = makeDrawing(page.map, data, words, hoverText, change);
    page.recentre.addEventListener("click", drawing.showAll);
    new ResizeObserver(drawing.resize).observe(page.map);
    window.addEventListener("beforeprint", () => drawing.fitPaper(true));
    window.addEventListener("afterprint", () => drawing.fitPaper(false));
  }

  if (data.shapes) startDrawing();
  // the fullest zone of the last week, as an example of what a zone shows
  const fullest = (best, zone) => (figures.lastWeek(zone) > (best === null ? -1 : figures.lastWeek(best)) ? zone : best);
  state.zone = figures.known.reduce(fullest, null);
  translate();
  if (drawing) drawing.pick(state.zone);
  document.documentElement.dataset.ready = "true";
}

async function openDashboard() {
  const page = namedParts();
  page.no_script.hidden = true;
  page.too_old.hidden = canUnpack();
  if (page.too_old.hidden) startDashboard(page, await readPacked("week-data"));
}

openDashboard();
