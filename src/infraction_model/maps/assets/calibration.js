// Forecasts beside what happened: one point per bin with its interval, and the diagonal they should
// lie on.
const PLOT = { width: 250, height: 212, left: 40, right: 10, top: 10, bottom: 36 };

function svgNode(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  if (text !== undefined) node.textContent = text;
  return node;
}

function drawCalibration(bins, words) {
  const { width, height, left, right, top, bottom } = PLOT;
  const most = Math.min(1, Math.ceil(Math.max(...bins.flat()) * 10) / 10);
  const x = (share) => left + (share / most) * (width - left - right);
  const y = (share) => height - bottom - (share / most) * (height - top - bottom);
  const plot = svgNode("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  plot.setAttribute(
    "aria-label",
    `${words.text("calibration_title")} : ${bins
      .map(([forecast, observed]) => words.text("calibration_point", { forecast: words.percent(forecast), observed: words.percent(observed) }))
      .join(" ; ")}`,
  );
  const ticks = [0, most / 2, most];
  ticks.forEach((share) => {
    plot.append(
      svgNode("line", { x1: x(0), x2: x(most), y1: y(share), y2: y(share), class: "grid" }),
      svgNode("line", { y1: y(0), y2: y(most), x1: x(share), x2: x(share), class: "grid" }),
      svgNode("text", { x: x(0) - 6, y: y(share) + 4, "text-anchor": "end" }, words.hundredths(share)),
      svgNode("text", { x: x(share), y: y(0) + 15, "text-anchor": share === most ? "end" : "middle" }, words.hundredths(share)),
    );
  });
  plot.append(
    svgNode("line", { x1: x(0), y1: y(0), x2: x(most), y2: y(most), class: "ideal" }),
    svgNode("text", { x: (x(0) + x(most)) / 2, y: height - 4, "text-anchor": "middle" }, words.text("calibration_forecast")),
    svgNode("text", { x: 11, y: (y(0) + y(most)) / 2, "text-anchor": "middle", transform: `rotate(-90 11 ${(y(0) + y(most)) / 2})` }, words.text("calibration_observed")),
  );
  bins.forEach(([forecast, observed, lower, upper]) => {
    plot.append(
      svgNode("line", { x1: x(forecast), x2: x(forecast), y1: y(lower), y2: y(upper), class: "range" }),
      svgNode("circle", { cx: x(forecast), cy: y(observed), r: 3.5, class: "point" }),
    );
  });
  return plot;
}
