// One zone: the figure of the hour with its interval, its week as a heat map, its best hours.
const BEST_HOURS = 5;

const SURE = 2;
const UNSURE = 5;
const MOST_VISITS = 12;

function makeZonePanel(page, figures, data, words, visits, choose) {
  function facts(zone) {
    const { spaces, max_stay: stay, tariff } = data.zones;
    const found = [];
    if (spaces && spaces[zone] !== null) found.push(words.text("spaces", { value: words.number(spaces[zone], 0) }));
    if (stay && stay[zone] !== null) found.push(words.text("max_stay", { value: words.minutes(stay[zone]) }));
    if (tariff && tariff[zone] !== null) found.push(words.text("tariff", { value: tariff[zone] }));
    return found.join(" · ");
  }

  // When somebody was last there, as far as the records known at the origin tell.
  function lastVisit(zone) {
    const days = data.days_since_visit && data.days_since_visit[zone];
    if (days === null) {
      if (!data.days_since_visit) return "";
      return words.text(data.logged ? "never_patrolled" : "never_fined");
    }
    const count = words.text(days < 2 ? "day_one" : "day_many", { count: words.number(days, 0) });
    return words.text(data.logged ? "last_patrol" : "last_fine", { date: words.date(-24 * days, "dated"), days: count });
  }

  // How sure, by how many times the lower bound the upper one is.
  function howSure(low, high) {
    // of what is expected: probabilities near one are alike whatever is expected
    const rate = (share) => -Math.log1p(-Math.min(share, data.nearly_one));
    const spread = rate(high) / rate(low);
    const grade = spread <= SURE ? "high" : spread <= UNSURE ? "middle" : "low";
    const dots = { high: "●●●", middle: "●●○", low: "●○○" }[grade];
    return element(
      "p",
      { class: "note", id: "zone-sure" },
      element("span", { class: "dots", ariaHidden: "true" }, dots),
      ` ${words.text(`sure_${grade}`)}`,
    );
  }

  function visitList(zone) {
    const planned = visits.of(zone);
    if (!planned.length) return element("p", { class: "note" }, words.text("no_visits"));
    const list = element("ul", { class: "best visits" });
    planned.slice(0, MOST_VISITS).forEach((visit) => {
      const text = words.visit(visit);
      const button = element(
        "button",
        { type: "button" },
        element("bdi", {}, text),
        element("span", { class: `chip purpose${visit.purpose}` }, data.plan.purposes[words.language][visit.purpose]),
      );
      button.addEventListener("click", () => choose({ list: "routes", route: visit.route, hour: hourOf(visit.arrive) }));
      list.append(element("li", {}, button));
    });
    return list;
  }

  function figure(zone, hour) {
    const probability = figures.probability(zone, hour);
    if (Number.isNaN(probability)) return element("p", { class: "note" }, words.text("hour_absent"));
    const [low, high] = figures.interval(zone, hour);
    const expected = figures.expected(zone, hour);
    const tier = figures.tier(zone, hour);
    const rank = figures.rank(zone, hour);
    const caution = figures.isExtrapolated(hour) ? element("p", { class: "caution" }, words.text("hour_extrapolated")) : "";
    const priority = element("p", { class: "priority" }, element("span", { class: `tier t${tier}` }, words.text("tier", { tier })));
    if (rank) {
      priority.append(
        ` ${words.text(rank === 1 ? "rank_first" : "rank", {
          rank: words.number(rank, 0),
          count: words.number(data.cells, 0),
        })}`,
      );
    } else priority.append(` ${data.tier_words[words.language][tier - 1]}`);
    return element(
      "div",
      {},
      caution,
      element(
        "p",
        { class: "headline" },
        element("strong", { class: "big", id: "zone-probability" }, words.percent(probability)),
        element("span", {}, words.text("probability_long")),
      ),
      element(
        "p",
        { class: "note", id: "zone-interval" },
        words.text("interval", { low: words.percent(low), high: words.percent(high) }),
      ),
      howSure(low, high),
      element("p", { class: "note", id: "zone-expected" }, words.counted("expected_value", "expected_values", expected)),
      priority,
    );
  }

  function heatMap(zone, chosenHour) {
    const grid = element("div", { class: "heat", role: "img" });
    grid.setAttribute("aria-label", `${words.text("zone_week")} : ${bestHours(zone).map(words.shortHour).join(", ")}`);
    grid.append(element("span", {}));
    for (let hour = 0; hour < 24; hour += 1) {
      grid.append(element("span", { class: "heat-hour" }, hour % 6 === 0 ? `${hour}` : ""));
    }
    for (let day = 0; day < 7; day += 1) {
      grid.append(element("span", { class: "heat-day" }, words.date(24 * day, "weekday")));
      for (let hour = 24 * day; hour < 24 * day + 24; hour += 1) {
        const found = figures.colourClass(zone, hour);
        const cell = element("span", { class: `heat-cell ${found < 0 ? "absent" : `c${found}`}` });
        cell.dataset.hour = hour;
        cell.title = `${words.hourSpan(hour)} : ${words.percent(figures.probability(zone, hour))}`;
        if (figures.isExtrapolated(hour)) cell.classList.add("extrapolated");
        if (hour === chosenHour) cell.classList.add("now");
        grid.append(cell);
      }
    }
    grid.addEventListener("click", (event) => {
      if (event.target.dataset.hour) choose({ hour: Number(event.target.dataset.hour) });
    });
    return grid;
  }

  function bestHours(zone) {
    const hours = [];
    for (let hour = 0; hour < HOURS; hour += 1) if (!figures.isMissing(zone, hour)) hours.push(hour);
    return hours
      .sort((a, b) => figures.isExtrapolated(a) - figures.isExtrapolated(b) || figures.expected(zone, b) - figures.expected(zone, a) || a - b)
      .slice(0, BEST_HOURS);
  }

  function bestList(zone) {
    const list = element("ul", { class: "best" });
    bestHours(zone).forEach((hour) => {
      const button = element("button", { type: "button" }, `${words.shortHour(hour)}`, element("b", {}, words.percent(figures.probability(zone, hour))));
      button.addEventListener("click", () => choose({ hour }));
      list.append(element("li", {}, button));
    });
    return list;
  }

  // "name +0.81; name +0.33": what raised the score, each with the factor it multiplies the rate by.
  function reasonList(why) {
    const list = element("ul", { class: "why" });
    why.split(";").forEach((part) => {
      const found = /^\s*(.*) ([+-]\d+(?:\.\d+)?)\s*$/.exec(part);
      const known = found && data.feature_words[words.language][found[1]];
      const item = element("li", {}, element("bdi", {}, known || (found ? found[1] : part.trim())));
      if (found) item.append(" ", element("b", {}, `×\u00a0${words.number(Math.exp(Number(found[2])), 1)}`));
      list.append(item);
    });
    return list;
  }

  const ofHour = element("div");
  const ofWeek = element("div");
  page.zone_body.append(ofHour, ofWeek);
  let shown = null;

  function fillHour(zone, hour) {
    const scored = bestHours(zone).length > 0;
    const parts = [
      element("h2", { id: "zone-name" }, nameNode(data.zones.name[zone], "zone-title")),
      element("p", { class: "facts" }, facts(zone)),
      element("p", { class: "facts", id: "zone-last" }, lastVisit(zone)),
    ];
    if (scored) {
      parts.push(element("p", { class: "at-hour" }, words.hourSpan(hour)), figure(zone, hour));
      const why = figures.reason(zone, hour);
      if (figures.category !== null) parts.push(element("p", { class: "note" }, words.text("mix_note")));
      if (why) parts.push(element("h3", {}, words.text("zone_why")), reasonList(why));
    } else parts.push(element("p", { class: "note" }, words.text("zone_unscored")));
    ofHour.replaceChildren(...parts);
  }

  function fillWeek(zone, hour) {
    const parts = [];
    if (bestHours(zone).length) {
      parts.push(
        element("h3", {}, words.text("zone_week")),
        heatMap(zone, hour),
        element("h3", {}, words.text("zone_best")),
        bestList(zone),
      );
    }
    if (data.plan) parts.push(element("h3", {}, words.text("zone_visits")), visitList(zone));
    ofWeek.replaceChildren(...parts);
  }

  // The zone's week is the same at every hour, but for the mark of the hour.
  function markHour(hour) {
    const before = ofWeek.querySelector(".heat-cell.now");
    const now = ofWeek.querySelector(`.heat-cell[data-hour="${hour}"]`);
    if (before) before.classList.remove("now");
    if (now) now.classList.add("now");
  }

  return {
    show(zone, hour) {
      page.zone_empty.hidden = zone !== null;
      page.zone_body.hidden = zone === null;
      if (zone === null) return;
      fillHour(zone, hour);
      const wanted = `${zone} ${figures.category} ${words.language}`;
      if (wanted === shown) markHour(hour);
      else fillWeek(zone, hour);
      shown = wanted;
    },
  };
}
