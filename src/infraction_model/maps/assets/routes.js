// The plan: which team goes where at which hour, and one shift's stops in their order.
const MANY_STOPS = 14; // more are printed a line each
const hourOf = (minute) => Math.max(0, Math.min(HOURS - 1, Math.floor(minute / 60)));

// Visits by the hour of their arrival and by zone, each {route, place, zone, arrive, leave, purpose}.
function makeVisits(plan) {
  const byCell = new Map();
  const byZone = new Map();
  const add = (map, key, visit) => map.set(key, [...(map.get(key) || []), visit]);
  (plan ? plan.routes : []).forEach((route, number) => {
    route.stops.forEach(([zone, arrive, leave, , purpose], place) => {
      const visit = { route: number, team: route.team, place, zone, arrive, leave, purpose };
      add(byCell, zone * HOURS + hourOf(arrive), visit);
      add(byZone, zone, visit);
    });
  });
  byZone.forEach((visits) => visits.sort((a, b) => a.arrive - b.arrive));
  return {
    at: (zone, hour) => byCell.get(zone * HOURS + hour) || [],
    of: (zone) => byZone.get(zone) || [],
  };
}

// The shift on duty at an hour, else the one that starts nearest to it.
function routeNear(plan, hour) {
  const minute = hour * 60;
  const away = ({ start, end }) => (minute + 60 > start && minute < end ? 0 : Math.abs(start - minute));
  const order = plan.routes.map((route, number) => number);
  return order.sort((a, b) => away(plan.routes[a]) - away(plan.routes[b]) || a - b)[0];
}

function makeRoutes(page, data, words, choose) {
  const { plan } = data;
  const withTeams = plan.kind !== "hours";

  function fillShifts() {
    const groups = new Map();
    plan.routes.forEach((route, number) => {
      const day = Math.floor(route.start / 1440);
      if (!groups.has(day)) groups.set(day, element("optgroup", { label: words.date(24 * day, "long") }));
      groups.get(day).append(element("option", { value: number }, nameOf(route)));
    });
    page.shift.replaceChildren(...groups.values());
  }

  function nameOf(route) {
    const count = words.visits(route.stops.length);
    if (!withTeams) return `${words.date(hourOf(route.start), "long")} · ${count}`;
    const span = words.text("span", { start: words.time(route.start), end: words.time(route.end) });
    return `${words.date(hourOf(route.start), "weekday")} ${span} · ${words.who(route.team)}, ${words.text(`mode_${route.mode}`)}`;
  }

  function about(route) {
    const expected = route.stops.reduce((sum, stop) => sum + stop[3], 0);
    const kind = { routes: "route_lines", shifts: "route_shifts", hours: "route_hours" }[plan.kind];
    const said = [`${words.visits(route.stops.length)} · ${words.counted("expected_short", "expected_shorts", expected)}.`];
    said.push(words.text(route.stops.length ? kind : "route_empty"));
    if (plan.kind === "routes" && route.base) said.push(words.text("route_base"));
    return said.join(" ");
  }

  function row(stop, place, state) {
    const [zone, arrive, leave, expected, purpose, likely] = stop;
    const hour = hourOf(arrive);
    const times = words.text("span", { start: words.time(arrive), end: words.time(leave) });
    const detail = element(
      "span",
      { class: "detail" },
      element("span", { class: `chip purpose${purpose}` }, plan.purposes[words.language][purpose]),
      element("span", {}, words.counted("expected_short", "expected_shorts", expected)),
    );
    const button = element(
      "button",
      { type: "button", class: "stop-row" },
      element("span", { class: `stop purpose${purpose}` }, `${place + 1}`),
      nameNode(data.zones.name[zone]),
      element("span", { class: "times" }, times),
      detail,
    );
    if (likely.length) {
      const list = likely.map(([category]) => plan.categories[words.language][category]).join(", ");
      const text = words.text("watch_for", { list });
      button.append(element("bdi", { class: "likely", title: text }, text));
    }
    if (zone === state.zone && hour === state.hour) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => choose({ zone, hour }));
    return element("li", {}, button);
  }

  function rows(route, state) {
    const found = route.stops.map((stop, place) => row(stop, place, state));
    if (route.pause) {
      const [start, minutes] = route.pause;
      const text = words.text("route_pause", { start: words.time(start), end: words.time(start + minutes) });
      const before = route.stops.findIndex(([, arrive]) => arrive >= start);
      found.splice(before < 0 ? found.length : before, 0, element("li", { class: "pause" }, text));
    }
    return found;
  }

  // What each purpose on the list means.
  function meanings(route) {
    const used = [...new Set(route.stops.map((stop) => stop[4]))].sort();
    return used.flatMap((purpose) => [
      element("dt", {}, element("span", { class: `chip purpose${purpose}` }, plan.purposes[words.language][purpose])),
      element("dd", {}, words.text(["purpose_yield", "purpose_safety", "purpose_explore"][purpose])),
    ]);
  }

  page.shift.addEventListener("change", () => {
    const number = Number(page.shift.value);
    const [first] = plan.routes[number].stops;
    choose(first ? { route: number, zone: first[0], hour: hourOf(first[1]) } : { route: number });
  });
  moveByArrows(page.stops);

  return {
    translate: fillShifts,
    route: (state) => plan.routes[state.route],
    show(state) {
      const route = plan.routes[state.route];
      const focused = page.stops.contains(document.activeElement);
      page.shift.value = state.route;
      page.route_about.textContent = about(route);
      page.route_title.replaceChildren(element("bdi", {}, nameOf(route)));
      page.stops.replaceChildren(...rows(route, state));
      page.stops.classList.toggle("many", route.stops.length > MANY_STOPS);
      page.purposes.replaceChildren(...meanings(route));
      const current = page.stops.querySelector("[aria-current]");
      if (current) {
        current.scrollIntoView({ block: "nearest" });
        if (focused) current.focus({ preventScroll: true });
      }
    },
  };
}
