// The typical week as seven rows of hours; a click or an arrow key chooses the hour.
function drawWeekGrid(shareAt, figures, words, label, chosen, choose) {
  const grid = element("div", { class: "heat", role: "img" });
  grid.setAttribute("aria-label", label);
  grid.append(element("span", {}));
  for (let hour = 0; hour < 24; hour += 1) {
    grid.append(element("span", { class: "heat-hour" }, hour % 6 === 0 ? words.clock(hour) : ""));
  }
  for (let day = 0; day < 7; day += 1) {
    grid.append(element("span", { class: "heat-day" }, words.date(24 * day, "weekday")));
    for (let hour = 24 * day; hour < 24 * day + 24; hour += 1) {
      const share = shareAt(hour);
      const found = figures.colourClass(share);
      const cell = element("span", { class: `heat-cell ${found < 0 ? "absent" : `c${found}`}` });
      cell.dataset.hour = hour;
      cell.title = `${words.label(words.hourOfWeek(hour))}${words.share(share)}`;
      if (hour === chosen) cell.classList.add("now");
      grid.append(cell);
    }
  }
  grid.addEventListener("click", (event) => {
    if (event.target.dataset.hour) choose({ hour: Number(event.target.dataset.hour) });
  });
  return grid;
}

function moveMark(holder, hour) {
  holder.querySelector(".heat-cell.now")?.classList.remove("now");
  holder.querySelector(`.heat-cell[data-hour="${hour}"]`)?.classList.add("now");
}

// The town's week, the slider below it, and what the chosen hour is.
function makeTownWeek(page, figures, words, choose) {
  const stepBy = (hours) => () => choose({ hour: (Number(page.slider.value) + hours + HOURS) % HOURS });
  page.before.addEventListener("click", stepBy(-1));
  page.after.addEventListener("click", stepBy(1));
  page.slider.addEventListener("input", () => choose({ hour: Number(page.slider.value) }));
  page.slider.addEventListener("keydown", (event) => {
    const jump = { PageUp: -24, PageDown: 24 }[event.key];
    if (!jump) return;
    event.preventDefault();
    choose({ hour: Math.max(0, Math.min(HOURS - 1, Number(page.slider.value) + jump)) });
  });

  return {
    translate(hour) {
      const grid = drawWeekGrid((at) => figures.town(at)[0], figures, words, words.text("typical"), hour, choose);
      page.town_week.replaceChildren(grid);
    },
    show(hour) {
      moveMark(page.town_week, hour);
      const [share, low, high] = figures.town(hour);
      page.slider.value = hour;
      page.slider.setAttribute("aria-valuetext", words.hourOfWeek(hour));
      page.hour.textContent = words.hourOfWeek(hour);
      page.hour_value.textContent = Number.isNaN(share)
        ? words.text("hour_unknown")
        : words.text("town_at_hour", { share: words.share(share), low: words.share(low), high: words.share(high) });
    },
  };
}
