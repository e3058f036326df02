// Lists of zones: full and empty at the hour chosen, and what changed in the last weeks.
const FEW_NAMES = 4;

function zoneButton(zone, data, choose) {
  const button = element("button", { type: "button", class: "zone-link" }, nameNode(data.zones.name[zone]));
  button.addEventListener("click", () => choose({ zone }));
  return button;
}

function makeExtremes(holder, figures, data, words, choose) {
  function list(kind, zones, hour) {
    const limit = words.share(kind === "full" ? data.full : data.empty);
    const key = zones.length === 0 ? "none" : zones.length === 1 ? "one" : "many";
    const title = words.text(`extreme_${kind}_${key}`, { count: words.number(zones.length, 0), limit });
    const block = element("div", { class: `extreme ${kind}` }, element("h3", {}, title));
    if (!zones.length) return block;
    const names = element("p", { class: "names" });
    zones.slice(0, FEW_NAMES).forEach((zone) => {
      const share = element("b", {}, words.share(figures.typical(zone, hour)));
      names.append(element("span", {}, zoneButton(zone, data, choose), share));
    });
    if (zones.length > FEW_NAMES) {
      const rest = element("button", { type: "button", class: "zone-link" }, words.text("all_of_them"));
      rest.addEventListener("click", () => choose({ shown: kind, reveal: true }));
      names.append(rest);
    }
    block.append(names);
    return block;
  }

  return (hour) => {
    const at = (zone) => figures.typical(zone, hour);
    const full = figures.known.filter((zone) => figures.isFull(at(zone))).sort((a, b) => at(b) - at(a) || a - b);
    const empty = figures.known.filter((zone) => figures.isEmpty(at(zone))).sort((a, b) => at(a) - at(b) || a - b);
    holder.replaceChildren(list("full", full, hour), list("empty", empty, hour));
    return full;
  };
}

// Changed zones first, then payers, meters and sensors; each names its zone and leads to it.
function makeChanged(holder, figures, data, words, choose) {
  const { changes, counts } = data.happenings;
  const last = data.weeks - 1;

  function sentenceOf([zone, week, found, size]) {
    const ticketsOnly = figures.isKnown(zone) && figures.basis(zone)[2] > 0.5;
    const text = words.text(ticketsOnly ? "change_tickets" : "change_cars", {
      size: words.signed(size),
      since: words.monday(last + week),
      found: words.monday(last + found),
    });
    return [zone, text];
  }

  function block(kind, entries) {
    const title = element("h3", {}, words.text(`title_${kind}`, { count: words.number(counts[kind], 0) }));
    const list = element("ul", { class: `happened ${kind}` });
    entries.forEach(([zone, text]) => {
      const item = element("li", {});
      if (kind === "changes") item.append(zoneButton(zone, data, choose), words.label(""), text);
      else if (zone === null) item.append(element("bdi", {}, text));
      else {
        const button = element("button", { type: "button", class: "zone-link" }, element("bdi", {}, text));
        button.addEventListener("click", () => choose({ zone }));
        item.append(button);
      }
      list.append(item);
    });
    const left = counts[kind] - entries.length;
    if (left > 0) list.append(element("li", { class: "note" }, words.text("more_of_them", { count: words.number(left, 0) })));
    return [title, list];
  }

  return {
    sentenceOf,
    show() {
      const parts = changes.length ? block("changes", changes.map(sentenceOf)) : [];
      if (!changes.length) parts.push(element("p", {}, words.text(data.watched ? "no_change" : "not_watched")));
      ["compliance", "silent_meter", "faults"].forEach((kind) => {
        const entries = data.happenings[kind].map(([zone, said]) => [zone, said[words.language]]);
        if (entries.length) parts.push(...block(kind, entries));
      });
      const quiet = ["compliance", "silent_meter", "faults"].every((kind) => !data.happenings[kind].length);
      if (quiet) parts.push(element("p", { class: "note" }, words.text("no_alarm")));
      parts.push(element("p", { class: "note" }, data.written[words.language].changes_rule));
      holder.replaceChildren(...parts);
    },
  };
}
