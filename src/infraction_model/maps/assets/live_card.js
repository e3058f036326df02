// One alert: a line to choose it by, and once chosen what is known of it and what can be reported.
const findChance = (alert) => alert.chance * alert.still_there * alert.trust;

function classOf(share, breaks) {
  const place = breaks.findIndex((edge) => share < edge);
  return place < 0 ? breaks.length : place;
}

// `act.choose(id)`, `act.report(alert, right)` and `act.showOnMap(id)` are what its buttons do.
function makeCard(id, words, data, zoneOf, act) {
  const head = element("button", { class: "card-head", type: "button" });
  const facts = element("dl", { class: "facts" });
  const right = element("button", { class: "right", type: "button" });
  const wrong = element("button", { class: "wrong", type: "button" });
  const onMap = element("button", { class: "on-map", type: "button" });
  const buttons = element("p", { class: "buttons" }, right, wrong, ...(data.shapes ? [onMap] : []));
  const said = element("p", { class: "said" });
  const detail = element("div", { class: "card-detail", hidden: true }, facts, said, buttons);
  const node = element("li", { class: "card" }, head, detail);
  let shown = null;
  let alert = null;
  head.addEventListener("click", () => act.choose(id));
  right.addEventListener("click", () => act.report(alert, true));
  wrong.addEventListener("click", () => act.report(alert, false));
  onMap.addEventListener("click", () => act.showOnMap(id));

  function headline(rank, clock) {
    const share = findChance(alert);
    const closed = alert.closed_at !== null;
    const minutes = words.span(60 * alert.minutes_to_reach);
    const reach = alert.team ? words.text("reach_team", { team: words.who(alert.team), minutes }) : words.text("reach", { minutes });
    const bay = element("bdi", { class: "bay" }, words.text("bay", { bay: alert.bay_id }));
    return [
      element("span", { class: "rank" }, closed ? "–" : `${rank}`),
      nameNode(words.zone(zoneOf.get(alert.zone_id), alert.zone_id)),
      element("span", { class: `share ${closed ? "" : `c${classOf(share, data.breaks)}`}` }, closed ? words.text("closed") : words.percent(share)),
      element("span", { class: "why" }, ...alert.reasons.map((name) => element("span", { class: "chip" }, words.reason(name)))),
      element("span", { class: "when" }, bay, " · ", words.text("since", { time: words.at(alert.stay_from, clock), span: words.span(clock - alert.stay_from) })),
      element("span", { class: "reach" }, closed ? words.text("closed_at", { time: words.at(alert.closed_at, clock), why: words.why(alert) }) : `${words.text("still_there", { share: words.percent(alert.still_there) })} · ${reach}`),
    ];
  }

  function known(clock) {
    const limit = data.zones.max_stay[zoneOf.get(alert.zone_id)];
    const model = alert.infraction_probability;
    return [
      ["find", words.percent(findChance(alert))],
      ["chance", words.percent(alert.chance)],
      ["there", words.percent(alert.still_there)],
      ["trust", words.percent(alert.trust)],
      ["severity", words.number(alert.severity, 1)],
      ...(limit ? [["limit", words.minutes(limit)]] : []),
      ["opened", words.at(alert.opened_at, clock)],
      ...(model === null ? [] : [["model", words.percent(model)]]),
    ].flatMap(([key, value]) => [element("dt", {}, words.text(key)), element("dd", {}, value)]);
  }

  // Writes only what reads differently from the last time, so that a screen reader is not disturbed.
  function update(newAlert, rank, chosen, reported, clock) {
    alert = newAlert;
    const parts = headline(rank, clock);
    const facing = chosen ? known(clock) : [];
    const look = [...parts, ...facing].map((part) => `${part.className}${part.textContent}`).join("|") + chosen + reported + words.language;
    if (look === shown) return;
    shown = look;
    head.replaceChildren(...parts);
    head.setAttribute("aria-expanded", String(chosen));
    facts.replaceChildren(...facing);
    right.textContent = words.text("right");
    wrong.textContent = words.text("wrong");
    onMap.textContent = words.text("on_map");
    said.textContent = reported === null ? "" : words.text(reported ? "reported_right" : "reported_wrong");
    right.hidden = wrong.hidden = reported !== null || alert.closed_at !== null;
    detail.hidden = !chosen;
    node.classList.toggle("chosen", chosen);
    node.classList.toggle("over", alert.closed_at !== null);
  }

  return { node, head, update };
}
