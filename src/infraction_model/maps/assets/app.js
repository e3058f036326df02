// Ties the parts together: one state, one way to change it, each part shows what it was given.
function startPage(page, data) {
  const figures = makeCategories(data, makeFigures(data));
  const words = makeWords(data);
  let folded = null; // made when somebody first searches
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
    route: data.plan && data.plan.routes.length ? routeNear(data.plan, data.first_hour) : null,
  };
  Object.defineProperty(state, "day", { get: () => Math.floor(state.hour / 24) });

  function passes(zone) {
    if (!state.search) return true;
    folded ??= data.zones.name.map((name, place) => foldText(`${name} ${data.zones.id ? data.zones.id[place] : ""}`));
    return folded[zone].includes(state.search);
  }
  const strip = makeWeekStrip(page, figures, data, words, change, slideTo);
  const visits = makeVisits(data.plan);
  const legend = makeLegend(page, figures, data, words);
  const ranked = makeRanked(page, figures, data, words, visits, change);
  const routes = state.route === null ? null : makeRoutes(page, data, words, change);
  const panel = makeZonePanel(page, figures, data, words, visits, change);
  const table = makeTable(page.table, figures, data, words, visits, change);
  let drawing = null;

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
    const newCategory = "category" in changes;
    if (changes.list === "routes" && state.list !== "routes" && !("route" in changes)) state.route = routeNear(data.plan, state.hour);
    Object.assign(state, changes);
    if (newCategory) {
      figures.choose(state.category);
      strip.fillBars();
      legend.show();
    }
    if (newHour || newCategory) rankNow();
    show(newZone);
  }

  function rankNow() {
    state.rankedNow = figures.rankedAt(state.hour);
    state.placeNow = new Map(state.rankedNow.map((zone, place) => [zone, place + 1]));
  }

  // While the hour is dragged the map answers in this frame, the lists beside it in the next.
  let listsWait = false;
  function slideTo(hour) {
    if (hour === state.hour) return;
    state.hour = hour;
    rankNow();
    strip.show(hour);
    showPicture(false);
    if (listsWait) return;
    listsWait = true;
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        listsWait = false;
        showLists();
      });
    });
  }

  function show(newZone) {
    showChoices(); // before the table fills the room it has
    strip.show(state.hour);
    showLists();
    showPicture(newZone);
    showFound();
  }

  function showLists() {
    if (state.list === "routes") routes.show(state);
    else ranked.show(state, passes);
    panel.show(state.zone, state.hour);
  }

  function showPicture(newZone) {
    if (state.view === "map" && drawing) {
      drawing.restyle(styleOf);
      const listed = (zone) => passes(zone) && state.tiers.has(figures.tier(zone, state.hour));
      if (state.list === "routes") drawing.showRoute(routes.route(state));
      else if (state.list === "hour") drawing.mark(state.rankedNow.filter(listed), state.placeNow);
      else drawing.mark([...new Set(figures.best().map((cell) => Math.floor(cell / HOURS)))].filter(passes), null);
      if (newZone) drawing.pick(state.zone);
    } else {
      table.show(state, tableOrder());
      if (newZone) table.reveal(state.zone);
    }
  }

  function showChoices() {
    document.querySelectorAll("[data-choice]").forEach((button) => {
      const [key, value] = button.dataset.choice.split("=");
      button.setAttribute("aria-pressed", String(state[key] === value));
    });
    const onMap = state.view === "map";
    page.map.hidden = !onMap;
    page.hours_list.hidden = state.list === "routes";
    if (routes) page.routes_list.hidden = state.list !== "routes";
    document.body.dataset.list = state.list;
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
    translateParts(words, data.written[words.language]);
    document.querySelectorAll("[data-tier]").forEach((node) => {
      node.textContent = data.tier_words[words.language][Number(node.dataset.tier) - 1];
    });
    page.search.placeholder = words.text("search");
    data.categories?.names[words.language].forEach((name, place) => {
      page.category.options[place + 1].textContent = name;
    });
    legend.show();
    if (routes) routes.translate();
    showAbout();
    strip.translate();
    if (drawing) drawing.translate();
  }

  function showAbout() {
    page.calibration.replaceChildren(...(data.calibration ? [drawCalibration(data.calibration, words)] : []));
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
  if (page.category) {
    page.category.addEventListener("change", () => {
      change({ category: page.category.value === "" ? null : Number(page.category.value) });
    });
  }
  page.open_model.addEventListener("click", () => page.model.showModal());
  page.close_model.addEventListener("click", () => page.model.close());
  page.print.addEventListener("click", () => window.print());
  function startDrawing() {
    drawing = makeDrawing(page.map, data, words, hoverText, change);
    drawing.translate();
    page.recentre.addEventListener("click", drawing.showAll);
    new ResizeObserver(drawing.resize).observe(page.map);
    window.addEventListener("beforeprint", () => drawing.fitPaper(true));
    window.addEventListener("afterprint", () => drawing.fitPaper(false));
  }
  window.addEventListener("resize", () => {
    if (state.view === "table") show(false);
  });

  rankNow();
  translate();
  state.zone = state.rankedNow.length ? state.rankedNow[0] : null;
  showChoices();
  if (data.shapes) startDrawing(); // once the words round it have taken their room
  show(true);
  document.documentElement.dataset.ready = "true";
}

async function openPage() {
  const page = namedParts();
  page.no_script.hidden = true;
  page.too_old.hidden = canUnpack();
  if (page.too_old.hidden) startPage(page, await readPacked("week-data"));
}

openPage();
