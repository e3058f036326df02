// Ties the parts of the live page together: what is known, what is shown of it, what is drawn.
const TOLD_FOR = 8000; // milliseconds
const REASONS = ["overstay", "unpaid", "forbidden", "reserved"];

function startLive(page, data) {
  const words = addLiveWords(makeWords(data), data);
  const zoneOf = new Map(data.zones.id.map((id, place) => [id, place]));
  const state = {
    view: "list",
    only: new Set(), // reasons to show; none chosen: all
    chosen: null,
    alerts: new Map(), // open ones, and a closed one as long as it is chosen
    places: new Map(),
    reported: new Map(),
    clock: 0,
    heard: false,
    line: ["waiting", null],
  };
  const sound = makeSound(page.sound, words);
  const report = makeVerdict(page, words, zoneOf, (alert, right) => {
    state.reported.set(alert.alert_id, right);
    tell(words.text(right ? "reported_right" : "reported_wrong"));
    again();
  });
  const list = makeList(page, words, data, zoneOf, { choose, report, showOnMap, again });
  let map = null;

  const isOpen = (alert) => alert.closed_at === null;
  const passes = (alert) => state.only.size === 0 || alert.reasons.some((rule) => state.only.has(words.kind(rule)));

  // ---- what the server says ----

  function take(alert, news) {
    const id = alert.alert_id;
    if (isOpen(alert) || id === state.chosen) {
      if (news && isOpen(alert) && !state.alerts.has(id) && passes(alert)) news.push(alert);
      state.alerts.set(id, alert);
    } else {
      state.alerts.delete(id);
      state.reported.delete(id);
    }
  }

  function hearAll(news) {
    const kept = state.alerts.get(state.chosen);
    state.alerts.clear();
    state.places.clear();
    news.alerts.forEach((alert) => take(alert, null));
    if (kept && !state.alerts.has(state.chosen)) state.chosen = null;
    hearRest(news);
  }

  function hearChanges(news) {
    const added = [];
    news.alerts.forEach((alert) => take(alert, added));
    hearRest(news);
    if (added.length === 0) return;
    sound.play();
    const [first] = ranked(added);
    const where = `${words.zone(zoneOf.get(first.zone_id), first.zone_id)}, ${first.reasons.map(words.reason).join(", ")}`;
    tell(words.counted("new_one", "new_many", added.length).replace("{where}", () => where));
  }

  function hearRest(news) {
    state.heard = true;
    news.places.forEach((reading) => state.places.set(reading.zone_id, reading));
    hearBeat(news);
  }

  function hearBeat(news) {
    state.clock = news.clock ?? state.clock;
    again();
  }

  function hearLine(name, since) {
    if (state.line[0] === name) return;
    state.line = [name, since];
    showLine();
  }

  // ---- what is shown ----

  let waits = false;
  function again() {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      show();
    });
  }

  function show() {
    if (!state.heard) return; // that nothing is known is not that nothing happens
    const all = ranked([...state.alerts.values()]);
    const open = all.filter(isOpen);
    const rankOf = new Map(open.map((alert, place) => [alert.alert_id, place + 1]));
    const listed = all.filter((alert) => passes(alert) || alert.alert_id === state.chosen);
    showFilters(open);
    list.show(listed, rankOf, state);
    const count = listed.filter(isOpen).length;
    page.count.textContent = open.length === 0 ? words.text("none_open") : words.counted("open_one", "open_many", count);
    page.note.textContent = open.length === 0 ? words.text("none_open_means") : count === 0 ? words.text("none_pass") : "";
    const time = words.at(state.clock, Date.now() / 1000);
    page.clock.textContent = [...(state.clock ? [words.text("last_event", { time })] : []), ...(count > 1 ? [words.text("ranked_by")] : [])].join(" · ");
    showPlaces();
    if (!data.shapes || !page.map.clientWidth) return; // out of sight behind the list of a phone
    map ??= makeLiveMap(page, data, words, zoneOf, hoverText, chooseZone);
    map.draw(listed.filter(isOpen), rankOf, state.alerts.get(state.chosen));
  }

  // A button for each kind of reason that occurs, in one order.
  const filters = new Map();
  function showFilters(open) {
    const counts = new Map();
    open.forEach((alert) => new Set(alert.reasons.map(words.kind)).forEach((kind) => counts.set(kind, (counts.get(kind) || 0) + 1)));
    new Set([...REASONS, ...counts.keys(), ...state.only]).forEach((name) => {
      if (!filters.has(name)) {
        const button = element("button", { type: "button" });
        button.addEventListener("click", () => {
          if (!state.only.delete(name)) state.only.add(name);
          again();
        });
        filters.set(name, button);
        page.filters.append(button);
      }
      const button = filters.get(name);
      button.textContent = `${words.reason(name)} ${words.number(counts.get(name) || 0, 0)}`;
      button.setAttribute("aria-pressed", String(state.only.has(name)));
      button.hidden = !counts.has(name) && !state.only.has(name);
    });
  }

  function placesText({ free, spaces, at }) {
    const key = spaces === null ? "free" : "free_of";
    return `${words.text(key, { free: words.number(free, 0), spaces: words.number(spaces ?? 0, 0) })} (${words.at(at, state.clock)})`;
  }

  function showPlaces() {
    const readings = [...state.places.values()].sort((a, b) => b.free - a.free || (a.zone_id < b.zone_id ? -1 : 1));
    page.places_section.hidden = readings.length === 0;
    page.places_choice.hidden = readings.length === 0;
    document.body.classList.toggle("with-places", readings.length > 0);
    page.places_list.replaceChildren(
      ...readings.map((reading) => element("li", {}, nameNode(words.zone(zoneOf.get(reading.zone_id), reading.zone_id)), element("span", {}, placesText(reading)))),
    );
  }

  function showLine() {
    const [name, since] = state.line;
    const time = since === null ? "" : words.at(since / 1000, Date.now() / 1000);
    const said = { live: "line_live", cut: "line_cut", refused: "line_refused", waiting: "connecting" }[name];
    page.state.dataset.state = name;
    page.state_text.textContent = words.text(said, { time });
    page.cut.hidden = name !== "cut" && name !== "refused";
    page.cut.textContent = page.cut.hidden ? "" : words.text(name === "cut" ? "cut_means" : "refused_means", { time });
  }

  let toldFor = null;
  function tell(text) {
    clearTimeout(toldFor);
    page.told.textContent = text;
    toldFor = setTimeout(() => (page.told.textContent = ""), TOLD_FOR);
  }

  function showView() {
    document.body.dataset.view = state.view;
    document.querySelectorAll("[data-choice]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.choice === state.view));
    });
    if (map) map.resize();
    again();
  }

  // ---- what is chosen ----

  const inZone = (zone) => ranked([...state.alerts.values()].filter((alert) => isOpen(alert) && zoneOf.get(alert.zone_id) === zone));

  function hoverText(zone) {
    const here = inZone(zone);
    const reading = state.places.get(data.zones.id[zone]);
    const lines = [words.counted("open_one", "open_many", here.length), ...(reading ? [placesText(reading)] : [])];
    return element("div", { class: "hover" }, nameNode(data.zones.name[zone], "hover-name"), ...lines.flatMap((line) => [element("br"), line]));
  }

  // A click on the map chooses the best alert there; another click there the next one.
  function chooseZone({ zone }) {
    const here = inZone(zone).filter(passes);
    if (here.length === 0) return;
    const next = here[(here.findIndex((alert) => alert.alert_id === state.chosen) + 1) % here.length];
    setChosen(next.alert_id);
    requestAnimationFrame(() => requestAnimationFrame(() => list.reveal(next.alert_id)));
  }

  function setChosen(id) {
    const before = state.alerts.get(state.chosen);
    if (before && !isOpen(before)) state.alerts.delete(state.chosen);
    state.chosen = id;
    again();
  }

  function choose(id) {
    setChosen(state.chosen === id ? null : id);
  }

  function showOnMap(id) {
    setChosen(id);
    state.view = "map";
    showView();
    page.map.scrollIntoView({ block: "nearest" });
  }

  // ---- words ----

  function translate() {
    translateParts(words);
    const edges = [0, ...data.breaks, 1].map((edge) => words.hundredths(edge));
    document.querySelectorAll("[data-class]").forEach((node) => {
      const place = Number(node.dataset.class);
      node.textContent = `${edges[place]}–${edges[place + 1]}`;
    });
    sound.show();
    showLine();
    if (map) map.translate();
  }

  page.language.addEventListener("click", () => {
    words.language = words.language === "fr" ? "en" : "fr";
    tell("");
    translate();
    again();
  });
  document.querySelectorAll("[data-choice]").forEach((button) => {
    button.addEventListener("click", () => {
      state.view = button.dataset.choice;
      showView();
    });
  });
  translate();
  showView();
  window.addEventListener("resize", again);
  makeFeed({ all: hearAll, changes: hearChanges, beat: hearBeat, state: hearLine });
  document.documentElement.dataset.ready = "true";
}

async function openLive() {
  const page = namedParts();
  page.no_script.hidden = true;
  page.too_old.hidden = canUnpack();
  if (page.too_old.hidden) startLive(page, await readPacked("live-data"));
}

openLive();
