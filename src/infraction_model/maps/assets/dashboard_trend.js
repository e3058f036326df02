// A line of weeks with its interval, gaps where nothing is known, and school holidays behind it.
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 40, right: 10, top: 8, bottom: 20 };

function svgNode(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  Object.entries(attributes || {}).forEach(([name, value]) => node.setAttribute(name, value));
  children.forEach((child) => node.append(child));
  return node;
}

// Runs of weeks that are known, as [first, last].
function knownRuns(values) {
  const runs = [];
  values.forEach((value, week) => {
    if (Number.isNaN(value)) return;
    if (runs.length && runs.at(-1)[1] === week - 1) runs.at(-1)[1] = week;
    else runs.push([week, week]);
  });
  return runs;
}

// `series` holds value, lower and upper of each week (NaN where unknown); lower and upper may be absent.
// `say(week)` is called with the week pointed at, null for none, and gives it in words.
function drawTrend(series, school, words, size, label, say) {
  const { value, lower, upper } = series;
  const weeks = value.length;
  const highest = Math.max(0.1, ...[...value, ...(upper || [])].filter((one) => !Number.isNaN(one)));
  const top = Math.min(1, Math.ceil(highest * 10) / 10);
  const step = (size.width - MARGIN.left - MARGIN.right) / Math.max(1, weeks);
  const x = (week) => MARGIN.left + (week + 0.5) * step;
  const y = (share) => MARGIN.top + (1 - share / top) * (size.height - MARGIN.top - MARGIN.bottom);
  const svg = svgNode("svg", { viewBox: `0 0 ${size.width} ${size.height}`, width: size.width, height: size.height, tabindex: 0 });
  const asSlider = { role: "slider", "aria-label": label, "aria-valuemin": 1, "aria-valuemax": weeks };
  Object.entries(asSlider).forEach(([name, value]) => svg.setAttribute(name, value));

  knownRuns(school.map((holiday) => (holiday ? 1 : NaN))).forEach(([first, last]) => {
    const [width, height] = [(last - first + 1) * step, size.height - MARGIN.top - MARGIN.bottom];
    svg.append(svgNode("rect", { class: "school", x: x(first) - step / 2, y: MARGIN.top, width, height }));
  });
  const lines = top <= 0.4 ? 0.1 : 0.2;
  for (let share = 0; share <= top + 1e-9; share += lines) {
    svg.append(svgNode("line", { class: "grid", x1: MARGIN.left, x2: size.width - MARGIN.right, y1: y(share), y2: y(share) }));
    svg.append(svgNode("text", { x: MARGIN.left - 6, y: y(share) + 4, "text-anchor": "end" }, words.share(share)));
  }
  drawMonths(svg, weeks, step, x, size, words);
  knownRuns(value).forEach(([first, last]) => {
    const run = Array.from({ length: last - first + 1 }, (_, place) => first + place);
    const at = (values) => run.map((week) => `${x(week).toFixed(1)},${y(values[week]).toFixed(1)}`);
    if (lower) svg.append(svgNode("polygon", { class: "band", points: [...at(upper), ...at(lower).reverse()].join(" ") }));
    if (first === last) svg.append(svgNode("circle", { class: "dot", cx: x(first), cy: y(value[first]), r: 2.5 }));
    else svg.append(svgNode("polyline", { class: "line", points: at(value).join(" ") }));
  });
  const marker = svgNode("g", { class: "marker" }, svgNode("line", { y1: MARGIN.top, y2: size.height - MARGIN.bottom }), svgNode("circle", { r: 4 }));
  svg.append(marker);

  let pointed = null;
  function point(week) {
    pointed = week;
    const seen = week !== null && !Number.isNaN(value[week]);
    marker.style.visibility = week === null ? "hidden" : "visible";
    if (week !== null) {
      marker.firstChild.setAttribute("x1", x(week));
      marker.firstChild.setAttribute("x2", x(week));
      marker.lastChild.setAttribute("cx", x(week));
      marker.lastChild.setAttribute("cy", seen ? y(value[week]) : y(0));
      marker.lastChild.style.visibility = seen ? "inherit" : "hidden";
    }
    svg.setAttribute("aria-valuenow", week === null ? weeks : week + 1);
    svg.setAttribute("aria-valuetext", say(week));
  }
  function pointUnder(event) {
    const box = svg.getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width) * size.width;
    point(Math.max(0, Math.min(weeks - 1, Math.floor((across - MARGIN.left) / step))));
  }
  svg.addEventListener("pointermove", pointUnder);
  svg.addEventListener("pointerdown", pointUnder); // a finger does not move before
  svg.addEventListener("pointerleave", () => point(null));
  svg.addEventListener("blur", () => point(null));
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -weeks, End: weeks }[event.key];
    if (!move) return;
    event.preventDefault();
    point(Math.max(0, Math.min(weeks - 1, (pointed === null ? weeks - 1 - Math.max(0, move) : pointed) + move)));
  });
  point(null);
  return svg;
}

// Months below the line, as many as there is room for; January with its year.
function drawMonths(svg, weeks, step, x, size, words) {
  let free = -Infinity;
  for (let week = 0; week < weeks; week += 1) {
    const isFirst = week === 0 || words.monthNumber(week) !== words.monthNumber(week - 1);
    if (!isFirst || x(week) - step / 2 < free || x(week) > size.width - 36) continue;
    const text = words.monthNumber(week) === 0 || week === 0 ? `${words.monthAt(week)} ${words.year(week)}` : words.monthAt(week);
    svg.append(svgNode("line", { class: "tick", x1: x(week) - step / 2, x2: x(week) - step / 2, y1: size.height - MARGIN.bottom, y2: size.height - MARGIN.bottom + 4 }));
    svg.append(svgNode("text", { x: x(week) - step / 2 + 3, y: size.height - 6 }, text));
    free = x(week) + 8 + 6.5 * text.length;
  }
}
