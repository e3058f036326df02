// One zone: its last week, the hour chosen, its typical week, its trend, its stays, what changed.
const ZONE_CHART = { width: 300, height: 110 };

function makeStateZone(holder, figures, data, words, changed, choose) {
  let shown = null;

  function facts(zone) {
    const { spaces, max_stay: stay, tariff } = data.zones;
    const found = [];
    if (spaces && spaces[zone] !== null) found.push(words.text("spaces", { value: words.number(spaces[zone], 0) }));
    if (stay && stay[zone] !== null) found.push(words.text("max_stay", { value: words.minutes(stay[zone]) }));
    if (tariff[zone] !== null) found.push(words.text("tariff", { value: tariff[zone] }));
    return element("p", { class: "facts" }, element("bdi", {}, found.join(" · ")));
  }

  function lastWeek(zone) {
    const share = figures.lastWeek(zone);
    if (Number.isNaN(share)) return element("p", { class: "note" }, words.text("week_unknown"));
    const [low, high] = figures.lastInterval(zone);
    return element(
      "div",
      {},
      element(
        "p",
        { class: "headline" },
        element("strong", { class: "big", id: "zone-now" }, words.share(share)),
        element("span", {}, words.text("zone_now")),
      ),
      element("p", { class: "note", id: "zone-interval" }, words.text("interval", { low: words.share(low), high: words.share(high) })),
      element("p", { class: "note", id: "zone-basis" }, words.basis(figures.basis(zone))),
    );
  }

  function atHour(zone, hour) {
    const share = figures.typical(zone, hour);
    const line = element("p", { class: "at-hour" }, words.label(words.hourOfWeek(hour)));
    if (Number.isNaN(share)) return element("div", {}, line, element("p", { class: "note" }, words.text("hour_unknown")));
    const [low, high] = figures.interval(zone, hour);
    line.append(element("b", { id: "zone-hour" }, words.share(share)));
    const note = element("p", { class: "note" }, words.text("interval", { low: words.share(low), high: words.share(high) }));
    return element("div", {}, line, note);
  }

  function trend(zone) {
    const value = data.school.map((_, week) => figures.weekOf(zone, week));
    const caption = element("p", { class: "note", role: "status" });
    const say = (week) => {
      caption.textContent = week === null ? "" : `${words.label(words.weekFrom(week))}${words.share(value[week])}`;
      return caption.textContent;
    };
    const chart = drawTrend({ value }, data.school, words, ZONE_CHART, words.text("zone_trend"), say);
    return element("div", { class: "chart" }, chart, caption);
  }

  function stays(zone) {
    const found = figures.stays(zone);
    if (!found) return element("p", { class: "note" }, words.text("no_stays"));
    const [bays, arrivals, rotation, minutes, overstays, longStays] = found;
    const rows = [
      ["rotation", words.tenths(rotation)],
      ["mean_stay", Number.isNaN(minutes) ? "–" : words.minutes(Math.round(minutes))],
      ["overstays", words.shareTenths(overstays)],
      ["long_stays", words.shareTenths(longStays)],
    ];
    const list = element("dl", { class: "stays" });
    rows.forEach(([key, value]) => list.append(element("dt", {}, words.text(key)), element("dd", {}, value)));
    const seen = { bays: words.tenths(bays), arrivals: words.whole(arrivals) };
    return element("div", {}, list, element("p", { class: "note" }, words.text("stays_seen", seen)));
  }

  function happened(zone) {
    const own = data.happenings.changes.filter((change) => change[0] === zone).map((change) => changed.sentenceOf(change)[1]);
    ["compliance", "silent_meter", "faults"].forEach((kind) => {
      data.happenings[kind].forEach(([row, said]) => row === zone && own.push(said[words.language]));
    });
    if (!own.length) return "";
    const list = element("ul", { class: "happened" });
    own.forEach((text) => list.append(element("li", {}, element("bdi", {}, text))));
    return element("div", {}, element("h3", {}, words.text("changed")), list);
  }

  function fill(zone, hour) {
    const title = element("h2", { class: "zone-title", id: "zone-name" }, nameNode(data.zones.name[zone], "zone-name"));
    if (!figures.isKnown(zone)) {
      holder.replaceChildren(title, facts(zone), element("p", { class: "note" }, words.text("zone_unknown")));
      return;
    }
    const place = element("div", { class: "zone-hour" }, atHour(zone, hour));
    const week = drawWeekGrid((at) => figures.typical(zone, at), figures, words, words.text("zone_week"), hour, choose);
    const heading = (key) => element("h3", {}, words.text(key));
    holder.replaceChildren(
      ...[title, facts(zone), lastWeek(zone), happened(zone), place],
      ...[heading("zone_week"), week, heading("zone_trend"), trend(zone), heading("stays"), stays(zone)],
    );
  }

  return {
    // The whole panel for another zone or language, only the hour's lines for another hour.
    show(zone, hour, anew) {
      if (zone === null) holder.replaceChildren(element("p", { class: "note" }, words.text("pick_zone")));
      else if (anew || zone !== shown) fill(zone, hour);
      else if (figures.isKnown(zone)) {
        holder.querySelector(".zone-hour").replaceChildren(atHour(zone, hour));
        moveMark(holder, hour);
      }
      shown = zone;
    },
  };
}
