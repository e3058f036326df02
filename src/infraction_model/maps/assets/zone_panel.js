// One zone: the figure of the hour with its interval, its week as a heat map, its best hours.
const BEST_HOURS = 5;

function makeZonePanel(page, figures, data, words, choose) {
  function facts(zone) {
    const { spaces, max_stay: stay, tariff } = data.zones;
    const found = [];
    if (spaces && spaces[zone] !== null) found.push(words.text("spaces", { value: words.number(spaces[zone], 0) }));
    if (stay && stay[zone] !== null) found.push(words.text("max_stay", { value: words.minutes(stay[zone]) }));
    if (tariff && tariff[zone] !== null) found.push(words.text("tariff", { value: tariff[zone] }));
    return found.join(" · ");
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

  return {
    show(zone, hour) {
      page.zone_empty.hidden = zone !== null;
      page.zone_body.hidden = zone === null;
      if (zone === null) return;
      const parts = [
        element("h2", { id: "zone-name" }, nameNode(data.zones.name[zone], "zone-title")),
        element("p", { class: "facts" }, facts(zone)),
      ];
      if (!bestHours(zone).length) {
        parts.push(element("p", { class: "note" }, words.text("zone_unscored")));
      } else {
        parts.push(element("p", { class: "at-hour" }, words.hourSpan(hour)), figure(zone, hour));
        const why = figures.reason(zone, hour);
        if (why) parts.push(element("h3", {}, words.text("zone_why")), reasonList(why));
        parts.push(
          element("h3", {}, words.text("zone_week")),
          heatMap(zone, hour),
          element("h3", {}, words.text("zone_best")),
          bestList(zone),
        );
      }
      page.zone_body.replaceChildren(...parts);
    },
  };
}
