// Words, numbers and hours in the language chosen; every text goes in as text, never as HTML.

// Making a formatter costs far more than using it, and one page writes thousands of figures.
function remembered(make) {
  const made = new Map();
  return (locale, kind) => {
    const key = `${locale} ${kind}`;
    if (!made.has(key)) made.set(key, make(locale, kind));
    return made.get(key);
  };
}

const numberFormat = remembered(
  (locale, digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);
const shortFormat = remembered((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }));
const DATE_FORMS = {
  long: { weekday: "long", day: "numeric", month: "long" },
  short: { weekday: "short", day: "numeric" },
  weekday: { weekday: "short" },
  dated: { day: "numeric", month: "short", year: "numeric" },
};
const dateFormat = remembered((locale, form) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...DATE_FORMS[form] }));

function makeWords(data) {
  const words = {
    language: data.language,
    locale: () => (words.language === "fr" ? "fr-FR" : "en-GB"),

    text(key, values) {
      const found = data.catalogues[words.language][key];
      return found.replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all));
    },

    number: (value, digits) => numberFormat(words.locale(), digits).format(value),

    // Two figures that count: 62 %, 6.2 %, 0.62 %.
    percent(share) {
      if (Number.isNaN(share)) return "–";
      const value = 100 * share;
      if (value >= 99.5 && value < 100) return `> ${words.percent(0.99)}`;
      const digits = value >= 9.95 || value === 0 ? 0 : value >= 0.995 ? 1 : 2;
      return `${words.number(value, digits)}${words.language === "fr" ? "\u00a0" : ""}%`;
    },

    // For a narrow cell: 62, 6.2, and never 100 for what is not certain.
    bareHundredths(share) {
      const value = 100 * share;
      if (value >= 99.5 && value < 100) return "99";
      return words.number(value, value >= 9.95 || value === 0 ? 0 : 1);
    },

    // For a break of the legend, which is a round number already.
    hundredths(share) {
      const value = Number((100 * share).toPrecision(3));
      return shortFormat(words.locale()).format(value);
    },

    count(value) {
      if (value > 0 && value < 0.0005) return `< ${words.number(0.001, 3)}`;
      return words.number(value, value >= 9.95 ? 0 : value >= 0.995 ? 1 : value >= 0.0995 ? 2 : 3);
    },

    // French counts as one whatever is below two; in English both forms read alike.
    counted: (one, many, value) => words.text(value < 1.995 ? one : many, { value: words.count(value) }),

    date(hour, form) {
      const time = new Date(Date.UTC(data.year, data.month - 1, data.day + Math.floor(hour / 24)));
      return dateFormat(words.locale(), form).format(time);
    },

    clock(hourOfDay) {
      return words.language === "fr"
        ? `${hourOfDay}\u00a0h`
        : `${String(hourOfDay % 24).padStart(2, "0")}:00`;
    },

    // A time of day from minutes of the week: 9 h 05, 09:05.
    time(minute) {
      const [hour, rest] = [Math.floor(minute / 60) % 24, String(minute % 60).padStart(2, "0")];
      if (words.language !== "fr") return `${String(hour).padStart(2, "0")}:${rest}`;
      return rest === "00" ? words.clock(hour) : `${words.clock(hour)}\u00a0${rest}`;
    },

    // A team called by a letter or a number is "team A"; one with a name has said so itself.
    who: (team) => (team.length <= 3 ? words.text("team", { team }) : team),

    // When and who: "mar. 9 h 39 · équipe A"; without a roster only that it is planned.
    visit({ team, arrive }) {
      const when = `${words.date(hourOf(arrive), "weekday")} ${words.time(arrive)}`;
      return words.text("visit_at", { when, who: team ? words.who(team) : words.text("visit_planned") });
    },

    // The same where there is little room, at an hour that is known.
    visitMark: ({ team, arrive }) => `→\u00a0${team} ${words.time(arrive)}`,

    visits: (count) => words.text(count < 2 ? "visits_one" : "visits_many", { count: words.number(count, 0) }),

    category: (place) => data.categories.names[words.language][place],

    hours(hour) {
      const start = hour % 24;
      return words.text("hours", { start: words.clock(start), end: words.clock(start + 1) });
    },

    hourSpan: (hour) => `${words.date(hour, "long")}, ${words.hours(hour)}`,

    shortHour(hour) {
      return `${words.date(hour, "weekday")} ${words.clock(hour % 24)}`;
    },

    minutes(value) {
      if (value < 60) return `${words.number(value, 0)}\u00a0min`;
      const rest = value % 60;
      return `${Math.floor(value / 60)}\u00a0h${rest ? ` ${String(rest).padStart(2, "0")}` : ""}`;
    },
  };
  return words;
}

// What the page's own markup says, in the language chosen; `written` are sentences made beforehand.
function translateParts(words, written) {
  document.documentElement.lang = words.language;
  if (written) document.title = written.title;
  document.querySelectorAll("[data-text]").forEach((node) => {
    node.textContent = words.text(node.dataset.text);
  });
  document.querySelectorAll("[data-label]").forEach((node) => {
    node.setAttribute("aria-label", words.text(node.dataset.label));
    if (node.dataset.hint) node.title = words.text(node.dataset.label);
  });
  document.querySelectorAll("[data-written]").forEach((node) => {
    node.textContent = written[node.dataset.written];
  });
}

// Upper and lower case, accents and punctuation do not matter in a search.
function foldText(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([name, value]) => {
    if (name === "class") node.className = value;
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  });
  children.forEach((child) => node.append(child));
  return node;
}

// Up and down arrows move along the buttons of a list.
function moveByArrows(list) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = step ? [...list.querySelectorAll("button")] : [];
    const next = buttons[buttons.indexOf(event.target.closest("button")) + step];
    if (!next || !event.target.closest("button")) return;
    event.preventDefault();
    next.focus();
  });
}

// A name as the town wrote it, kept from turning the text around it.
function nameNode(text, className) {
  return element("bdi", { class: className || "name", title: text }, text);
}
