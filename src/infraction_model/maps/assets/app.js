// Ties the parts together: one state, one way to change it, each part shows what it was given.
function startPage() {
  const data = JSON.parse(document.getElementById("week-data").textContent);
  const page = {};
  document.querySelectorAll("[data-part]").forEach((node) => {
    page[node.dataset.part] = node;
  });
  const figures = makeFigures(data);
  const words = makeWords(data);
  const folded = data.zones.name.map((name, zone) => foldText(`${name} ${data.zones.id ? data.zones.id[zone] : ""}`));
  const byName = data.zones.name.map((name, zone) => zone);
  const state = {
    hour: data.first_hour,
    zone: null,
    tiers: new Set(data.shares.map((share, place) => place + 1).concat(data.shares.length + 1)),
    search: "",
    colour: "probability",
    view: data.shapes ? "map" : "table",
    list: "hour",
    sort: "day",
  };
  Object.defineProperty(state, "day", { get: () => Math.floor(state.hour / 24) });

  const passes = (zone) => !state.search || folded[zone].includes(state.search);
  const strip = makeWeekStrip(page, figures, data, words, change);
  const ranked = makeRanked(page, figures, data, words, change);
  const panel = makeZonePanel(page, figures, data, words, change);
  const table = makeTable(page.table, figures, data, words, change);
  const drawing = data.shapes ? makeDrawing(page.map, data, words, hoverText, (zone) => change({ zone })) : null;

  function hoverText(zone) {
    return element(
      "div",
      { class: "hover" },
      nameNode(data.zones.name[zone], "hover-name"),
      element("br"),
      element("b", {}, words.percent(figures.probability(zone, state.hour))),
      figures.isMissing(zone, state.hour) ? "" : ` · ${words.text("tier", { tier: figures.tier(zone, state.hour) })}`,
    );
  }

  function styleOf(zone) {
    const tier = figures.tier(zone, state.hour);
    const missing = figures.isMissing(zone, state.hour);
    const colours = state.colour === "priority" ? data.tier_colours : data.colours;
    const place = state.colour === "priority" ? tier - 1 : figures.colourClass(zone, state.hour);
    return {
      fill: missing ? data.absent_colour : colours[place],
      faint: !passes(zone) || (!missing && !state.tiers.has(tier)),
      strong: !missing && tier === 1,
    };
  }

  function tableOrder() {
    const zones = byName.filter(passes);
    if (state.sort === "name") {
      const order = new Intl.Collator(words.locale(), { numeric: true });
      return zones.sort((a, b) => order.compare(data.zones.name[a], data.zones.name[b]) || a - b);
    }
    const value = new Float64Array(figures.zones);
    zones.forEach((zone) => {
      value[zone] = state.sort === "hour" ? figures.expected(zone, state.hour) || 0 : figures.daySum(zone, state.day);
    });
    return zones.sort((a, b) => value[b] - value[a] || a - b);
  }

  function change(changes) {
    const newZone = "view" in changes || ("zone" in changes && changes.zone !== state.zone);
    const newHour = "hour" in changes && changes.hour !== state.hour;
    Object.assign(state, changes);
    if (newHour) rankNow();
    show(newZone);
  }

  function rankNow() {
    state.rankedNow = figures.rankedAt(state.hour);
    state.placeNow = new Map(state.rankedNow.map((zone, place) => [zone, place + 1]));
  }

  function show(newZone) {
    strip.show(state.hour);
    ranked.show(state, passes);
    panel.show(state.zone, state.hour);
    if (state.view === "map" && drawing) {
      drawing.restyle(styleOf);
      const listed = (zone) => passes(zone) && state.tiers.has(figures.tier(zone, state.hour));
      if (state.list === "hour") drawing.mark(state.rankedNow.filter(listed), state.placeNow);
      else drawing.mark([...new Set(data.best.map((cell) => Math.floor(cell / HOURS)))].filter(passes), null);
      if (newZone) drawing.pick(state.zone);
    } else {
      table.show(state, tableOrder());
      if (newZone) table.reveal(state.zone);
    }
    showChoices();
    showFound();
  }

  function showChoices() {
    document.querySelectorAll("[data-choice]").forEach((button) => {
      const [key, value] = button.dataset.choice.split("=");
      button.setAttribute("aria-pressed", String(state[key] === value));
    });
    const onMap = state.view === "map";
    page.map.hidden = !onMap;
    page.table.hidden = onMap;
    page.map_tools.hidden = !onMap;
    page.sort_tools.hidden = onMap;
    document.body.dataset.view = state.view;
    page.legend_probability.hidden = onMap && state.colour === "priority";
    page.legend_priority.hidden = !(onMap && state.colour === "priority");
  }

  function showFound() {
    const typed = page.search.value.trim();
    const count = typed ? byName.filter(passes).length : 0;
    const key = count === 0 ? "search_nothing" : count === 1 ? "search_some" : "search_many";
    page.found.textContent = typed ? words.text(key, { search: typed, count: words.number(count, 0) }) : "";
  }

  function translate() {
    document.documentElement.lang = words.language;
    document.title = data.written[words.language].title;
    document.querySelectorAll("[data-text]").forEach((node) => {
      node.textContent = words.text(node.dataset.text);
    });
    document.querySelectorAll("[data-label]").forEach((node) => {
      node.setAttribute("aria-label", words.text(node.dataset.label));
      if (node.dataset.hint) node.title = words.text(node.dataset.label);
    });
    document.querySelectorAll("[data-written]").forEach((node) => {
      node.textContent = data.written[words.language][node.dataset.written];
    });
    document.querySelectorAll("[data-tier]").forEach((node) => {
      node.textContent = data.tier_words[words.language][Number(node.dataset.tier) - 1];
    });
    page.search.placeholder = words.text("search");
    document.querySelectorAll("[data-break]").forEach((node) => {
      const place = Number(node.dataset.break);
      const [low, high] = [data.breaks[place - 1], data.breaks[place]];
      if (low === undefined) node.textContent = high === undefined ? "0–100" : `< ${words.hundredths(high)}`;
      else if (high === undefined) node.textContent = `≥ ${words.hundredths(low)}`;
      else node.textContent = `${words.hundredths(low)}–${words.hundredths(high)}`;
    });
    strip.translate();
    if (drawing) drawing.translate();
  }

  document.querySelectorAll("[data-choice]").forEach((button) => {
    const [key, value] = button.dataset.choice.split("=");
    button.addEventListener("click", () => change({ [key]: value }));
  });
  document.querySelectorAll("[data-tier-box]").forEach((box) => {
    box.addEventListener("change", () => {
      const tiers = new Set(state.tiers);
      if (box.checked) tiers.add(Number(box.value));
      else tiers.delete(Number(box.value));
      change({ tiers });
    });
  });
  page.search.addEventListener("input", () => change({ search: foldText(page.search.value) }));
  page.search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !state.search) return;
    event.preventDefault();
    const first = state.rankedNow.find(passes);
    if (first !== undefined) change({ zone: first });
  });
  page.language.addEventListener("click", () => {
    words.language = words.language === "fr" ? "en" : "fr";
    translate();
    show(false);
  });
  page.print.addEventListener("click", () => window.print());
  if (drawing) {
    page.recentre.addEventListener("click", drawing.recentre);
    new ResizeObserver(drawing.resize).observe(page.map);
  }
  window.addEventListener("resize", () => {
    if (state.view === "table") show(false);
  });

  rankNow();
  translate();
  state.zone = state.rankedNow.length ? state.rankedNow[0] : null;
  show(true);
  document.documentElement.dataset.ready = "true";
}

startPage();
