// What the live page says beyond the words of every page: times on the town's clock, ages, reasons.
function addLiveWords(words, data) {
  const form = { timeZone: data.timezone, day: "numeric", month: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" };
  const onTownClock = new Intl.DateTimeFormat("en-GB", form);
  const dayForm = (locale) => new Intl.DateTimeFormat(locale, { timeZone: data.timezone, day: "numeric", month: "short" });

  function place(at) {
    const found = {};
    onTownClock.formatToParts(new Date(1000 * at)).forEach(({ type, value }) => {
      found[type] = Number(value);
    });
    return found;
  }

  return Object.assign(words, {
    // A time of day, with its date where that is not the day of `now`.
    at(at, now) {
      const [then, today] = [place(at), place(now)];
      const time = words.time(60 * then.hour + then.minute);
      if (then.day === today.day && then.month === today.month) return time;
      return `${dayForm(words.locale()).format(new Date(1000 * at))} ${time}`;
    },

    span: (seconds) => words.minutes(Math.max(0, Math.round(seconds / 60))),

    // "forbidden:market" is a rule of a kind; what the town called it is all that is known of it.
    reason(rule) {
      const said = data.catalogues[words.language];
      const [kind, name] = rule.split(":");
      const reason = said[`reason_${kind}`] || kind;
      return name ? words.text("reason_named", { reason, name: said[`named_${name}`] || name.replaceAll("_", " ") }) : reason;
    },

    why: (alert) => words.text(`closed_${alert.closed_because}`),

    zone: (place, id) => (place === undefined ? id : data.zones.name[place]),

    who: (team) => words.text("team", { team }),

    kind: (rule) => rule.split(":")[0],

    counted: (one, many, count) => words.text(count < 2 ? one : many, { count: words.number(count, 0) }),
  });
}
