// Shares, weeks and hours of the typical week in the language chosen.
function makeStateWords(data) {
  const words = makeWords(data);
  const longDay = remembered((locale) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "long" }));
  const month = remembered((locale, width) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", month: width }));
  // the first week of the data begins on a Monday
  const dayOf = (day) => new Date(Date.UTC(data.year, data.month - 1, data.day + day));
  const unit = () => (words.language === "fr" ? "\u00a0%" : "%");

  return Object.assign(words, {
    // What a figure is of, before it.
    label: (text) => `${text}${words.language === "fr" ? "\u00a0" : ""}: `,
    // Whole percents; nothing is quite full or quite empty by rounding alone.
    share(value) {
      if (Number.isNaN(value)) return "–";
      const hundredths = 100 * value;
      if (hundredths > 0 && hundredths < 0.5) return `<\u00a0${words.number(1, 0)}${unit()}`;
      if (hundredths < 100 && hundredths >= 99.5) return `>\u00a0${words.number(99, 0)}${unit()}`;
      return `${words.number(hundredths, 0)}${unit()}`;
    },
    tenths: (value) => (Number.isNaN(value) ? "–" : words.number(value, 1)),
    whole: (value) => (Number.isNaN(value) ? "–" : words.number(value, 0)),
    shareTenths: (value) => (Number.isNaN(value) ? "–" : `${words.number(100 * value, 1)}${unit()}`),
    signed(value) {
      const size = words.share(Math.abs(value));
      return value < 0 ? `−${size}` : `+${size}`;
    },
    day: (hour) => longDay(words.locale()).format(dayOf(Math.floor(hour / 24))),
    hourOfWeek: (hour) => `${words.day(hour)}, ${words.hours(hour)}`,
    // The Monday of a week by its place: 4 nov. 2024.
    monday: (week) => words.date(HOURS * week, "dated"),
    weekFrom: (week) => words.text("week_from", { monday: words.monday(week) }),
    monthAt: (week) => month(words.locale(), "short").format(dayOf(7 * week)),
    monthNumber: (week) => dayOf(7 * week).getUTCMonth(),
    year: (week) => dayOf(7 * week).getUTCFullYear(),
    // On what a figure rests: measured 12 %, estimated 88 %.
    basis(shares) {
      return ["measured", "estimated", "paid"]
        .map((kind, place) => [kind, shares[place]])
        .filter(([, share]) => share > 0.0005)
        .map(([kind, share]) => (share > 0.9995 ? words.text(`basis_${kind}`) : `${words.text(`basis_${kind}`)} ${words.share(share)}`))
        .join(", ");
    },
  });
}
