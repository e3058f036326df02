// What the colours mean: the classes of the figures shown, with the numbers between them.
function makeLegend(page, figures, data, words) {
  function span([low, high]) {
    if (low === undefined) return high === undefined ? "0–100" : `< ${words.hundredths(high)}`;
    if (high === undefined) return `≥ ${words.hundredths(low)}`;
    return `${words.hundredths(low)}–${words.hundredths(high)}`;
  }

  return {
    show() {
      const title = words.text("legend");
      const category = figures.category === null ? "" : ` · ${words.category(figures.category)}`;
      page.legend_title.replaceChildren(title, element("bdi", {}, category));
      const breaks = figures.breaks();
      page.legend_keys.replaceChildren(
        ...figures.places().map((place, number) =>
          element("span", { class: "key" }, element("i", { class: `c${place}` }), span([breaks[number - 1], breaks[number]])),
        ),
      );
    },
  };
}
