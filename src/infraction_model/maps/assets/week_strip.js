// The week at a glance: a bar per hour, a tab per day, and the slider that chooses the hour.
function makeWeekStrip(page, figures, data, words, choose, slideTo) {
  const bars = data.mean.map((value, hour) => {
    const bar = element("i", { class: value === null ? "absent" : "" });
    if (figures.isExtrapolated(hour)) bar.classList.add("extrapolated");
    if (hour % 24 === 0) bar.classList.add("midnight");
    return bar;
  });
  page.bars.append(...bars);
  const tabs = [];
  for (let day = 0; day < 7; day += 1) {
    const tab = element("button", { type: "button", class: "day" });
    tab.addEventListener("click", () => choose({ hour: 24 * day + (Number(page.slider.value) % 24) }));
    tabs.push(tab);
  }
  page.days.append(...tabs);

  function hourUnder(event) {
    const box = page.bars.getBoundingClientRect();
    return Math.max(0, Math.min(HOURS - 1, Math.floor(((event.clientX - box.left) / box.width) * HOURS)));
  }
  page.bars.addEventListener("pointerdown", (event) => {
    page.bars.setPointerCapture(event.pointerId);
    choose({ hour: hourUnder(event) });
  });
  page.bars.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) slideTo(hourUnder(event));
  });
  page.slider.addEventListener("input", () => slideTo(Number(page.slider.value)));
  page.slider.addEventListener("keydown", (event) => {
    const jump = { PageUp: -24, PageDown: 24 }[event.key];
    if (!jump) return;
    event.preventDefault();
    choose({ hour: Math.max(0, Math.min(HOURS - 1, Number(page.slider.value) + jump)) });
  });
  const stepBy = (hours) => () =>
    choose({ hour: (Number(page.slider.value) + hours + HOURS) % HOURS });
  page.before.addEventListener("click", stepBy(-1));
  page.after.addEventListener("click", stepBy(1));

  // Heights and figures of the category shown.
  function fillBars() {
    const mean = figures.mean();
    const highest = Math.max(...mean.filter((value) => value !== null), 1e-12);
    bars.forEach((bar, hour) => {
      bar.style.height = `${Math.max(6, (100 * (mean[hour] || 0)) / highest)}%`;
      bar.title = `${words.hourSpan(hour)} : ${mean[hour] === null ? "–" : words.count(mean[hour])}`;
    });
  }

  let marked = null;
  return {
    fillBars,
    show(hour) {
      if (marked !== null) {
        bars[marked].classList.remove("now");
        tabs[Math.floor(marked / 24)].setAttribute("aria-pressed", "false");
      }
      marked = hour;
      bars[hour].classList.add("now");
      tabs[Math.floor(hour / 24)].setAttribute("aria-pressed", "true");
      page.slider.value = hour;
      page.slider.setAttribute("aria-valuetext", words.hourSpan(hour));
      page.hour_day.textContent = words.date(hour, "long");
      page.hour_span.textContent = words.hours(hour);
    },
    translate() {
      tabs.forEach((tab, day) => {
        tab.textContent = words.date(24 * day, "short");
        tab.setAttribute("aria-label", words.date(24 * day, "long"));
      });
      fillBars();
    },
  };
}
