// The zones of a town that has outlines, drawn by Leaflet on a canvas.
const PER_DEGREE = 100000;
const BADGES = 10;
const LONGEST_LABEL = 48;
const MOST_NAMES = 160;
const MOST_OVERHANG = 1.25;
const FAINT_COLOUR = "#eceff2";
const CHOSEN_COLOUR = "#0092d6";

function unpackLine(steps) {
  const points = [];
  let x = 0;
  let y = 0;
  for (let place = 0; place < steps.length; place += 2) {
    x += steps[place];
    y += steps[place + 1];
    points.push([y / PER_DEGREE, x / PER_DEGREE]);
  }
  return points;
}

function makePath(shape, options) {
  const [kind, parts] = shape;
  if (kind === "a") return L.polygon(parts.map((rings) => rings.map(unpackLine)), options);
  if (kind === "l") return L.polyline(parts.map(unpackLine), { ...options, fill: false });
  return L.circleMarker(unpackLine(parts[0])[0], { ...options, radius: 7 });
}

function lineWeight(zoom) {
  return Math.max(2.5, Math.min(13, 6 * Math.pow(1.6, zoom - 16)));
}

// Calls `choose(zone)` on a click. `restyle(styleOf)` draws only what changed since the last call;
// styleOf(zone) gives {fill, faint, strong}.
function makeDrawing(holder, data, words, hoverText, choose) {
  const map = L.map(holder, {
    preferCanvas: true,
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    renderer: L.canvas({ padding: 0.3, tolerance: 5 }),
  });
  const zoomControl = L.control.zoom().addTo(map);
  const scale = L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  const paths = [];
  const group = L.featureGroup();
  const lineShapes = data.shapes.filter((shape) => shape && shape[0] === "l");
  const casing = L.polyline(
    lineShapes.flatMap((shape) => shape[1].map(unpackLine)),
    { color: "#7d8894", interactive: false, lineCap: "butt" },
  );
  map.fitBounds(boundsOf(data.shapes), { padding: [24, 24] });
  const home = { centre: map.getCenter(), zoom: map.getZoom() };
  casing.addTo(map);
  data.shapes.forEach((shape, zone) => {
    if (!shape) return;
    const path = makePath(shape, { weight: 1, color: "#8792a0", fillOpacity: 0.94 });
    path.zone = zone;
    path.kind = shape[0];
    path.look = "";
    paths[zone] = path;
    group.addLayer(path);
  });
  group.addTo(map);

  const tooltip = L.tooltip({ sticky: true, direction: "top", offset: [0, -8], opacity: 1 });
  group.on("mousemove mouseover", (event) => {
    tooltip.setLatLng(event.latlng).setContent(hoverText(event.layer.zone));
    if (!map.hasLayer(tooltip)) map.addLayer(tooltip);
  });
  group.on("mouseout", () => map.removeLayer(tooltip));
  group.on("click", (event) => choose(event.layer.zone));

  let styleOf = () => ({ fill: "#cfd5dc", faint: false, strong: false });
  let chosen = null;
  let chosenOutline = null;

  function restyle(newStyleOf) {
    styleOf = newStyleOf;
    const weight = lineWeight(map.getZoom());
    paths.forEach((path, zone) => {
      const { fill, faint, strong } = styleOf(zone);
      const shown = faint ? FAINT_COLOUR : fill;
      const thick = strong && !faint ? weight * 1.5 : weight;
      const look = `${shown}${thick}`;
      if (look === path.look) return;
      path.look = look;
      if (path.kind === "l") path.setStyle({ color: shown, weight: thick });
      else path.setStyle({ fillColor: shown });
    });
  }

  function outlineChosen() {
    if (chosenOutline) chosenOutline.remove();
    chosenOutline = null;
    if (chosen === null || !paths[chosen]) return;
    const isLine = paths[chosen].kind === "l";
    chosenOutline = makePath(data.shapes[chosen], {
      color: CHOSEN_COLOUR,
      weight: isLine ? lineWeight(map.getZoom()) * 1.5 + 8 : 4,
      fill: false,
      interactive: false,
    }).addTo(map);
    if (isLine) paths[chosen].bringToFront();
  }

  function reweigh() {
    casing.setStyle({ weight: lineWeight(map.getZoom()) + 2 });
    restyle(styleOf);
    outlineChosen();
  }
  map.on("zoomend", reweigh);
  reweigh();

  const badges = [];
  const drawNames = makeNames(map, data, paths);
  // Names beside the first of `zones`, and, where `placeOf` tells them, their numbers in the list.
  function mark(zones, placeOf) {
    while (badges.length) badges.pop().remove();
    const first = zones.slice(0, BADGES).filter((zone) => paths[zone]);
    (placeOf ? first : []).forEach((zone, place) => {
      const icon = L.divIcon({ className: "badge", html: element("span", {}, `${placeOf.get(zone)}`), iconSize: [22, 22] });
      const [x, y] = data.anchors[zone];
      const marker = L.marker([y, x], { icon, keyboard: false, zIndexOffset: 1000 - place });
      marker.on("click", () => choose(zone));
      marker.on("mouseover", () => tooltip.setLatLng([y, x]).setContent(hoverText(zone)).addTo(map));
      marker.on("mouseout", () => map.removeLayer(tooltip));
      badges.push(marker.addTo(map));
    });
    drawNames(first);
  }

  return {
    restyle,
    mark,
    pick(zone) {
      chosen = zone;
      outlineChosen();
      if (zone === null || !paths[zone]) return;
      const [x, y] = data.anchors[zone];
      if (!map.getBounds().pad(-0.05).contains([y, x])) map.panTo([y, x]);
    },
    recentre: () => map.setView(home.centre, home.zoom),
    resize: () => map.invalidateSize(),
    translate() {
      const [zoomIn, zoomOut] = zoomControl.getContainer().querySelectorAll("a");
      [[zoomIn, "zoom_in"], [zoomOut, "zoom_out"]].forEach(([link, key]) => {
        link.title = words.text(key);
        link.setAttribute("aria-label", words.text(key));
      });
      return scale;
    },
  };
}

function boundsOf(shapes) {
  const bounds = L.latLngBounds([]);
  shapes.forEach((shape) => {
    if (!shape) return;
    shape[1].forEach((part) => {
      (Array.isArray(part[0]) ? part : [part]).forEach((line) => {
        unpackLine(line).forEach((point) => bounds.extend(point));
      });
    });
  });
  return bounds;
}

// Names as on a paper map: first beside the numbered zones, then along the streets with room for
// them, the busiest first, none over another. Calling the function returned draws them anew.
function makeNames(map, data, paths) {
  const canvas = L.DomUtil.create("canvas", "street-names leaflet-zoom-hide", map.getPanes().shadowPane);
  const order = data.label_order.filter((zone) => paths[zone]);
  let numbered = [];

  function draw() {
    const size = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const names = makeNamePen(pen);
    const view = map.getBounds();
    const inView = (zone) => !paths[zone].getBounds || view.intersects(paths[zone].getBounds());
    const points = numbered.map((zone) => map.latLngToContainerPoint([data.anchors[zone][1], data.anchors[zone][0]]));
    points.forEach((point) => names.reserve(point, 24, 24));
    numbered.forEach((zone, place) => names.writeBeside(data.zones.name[zone], points[place]));
    order.some((zone) => {
      const name = data.zones.name[zone];
      if (name.length <= LONGEST_LABEL && inView(zone)) {
        const path = paths[zone];
        const width = names.width(name);
        const place = path.kind === "l" ? placeAlong(map, path, width) : placeInside(map, path, width);
        if (place) names.write(name, place);
      }
      return names.count() >= MOST_NAMES;
    });
  }
  map.on("moveend resize", draw);
  return (zones) => {
    numbered = zones;
    draw();
  };
}

function makeNamePen(pen) {
  const taken = [];
  const seen = new Map();
  pen.font = "600 11px system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3.5;
  pen.strokeStyle = "rgba(255,255,255,0.92)";
  pen.fillStyle = "#2b3744";

  const isFree = (box) =>
    !taken.some(
      (other) =>
        Math.abs(other.x - box.x) < other.halfWidth + box.halfWidth &&
        Math.abs(other.y - box.y) < other.halfHeight + box.halfHeight,
    );

  function boxOf({ x, y, angle }, width) {
    const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
    return { x, y, halfWidth: (cos * width + sin * 13) / 2 + 2, halfHeight: (sin * width + cos * 13) / 2 + 1 };
  }

  function write(name, place) {
    const box = boxOf(place, pen.measureText(name).width);
    const near = seen.get(name);
    if (near && Math.hypot(near.x - place.x, near.y - place.y) < 260) return false;
    if (!isFree(box)) return false;
    taken.push(box);
    seen.set(name, place);
    pen.save();
    pen.translate(place.x, place.y);
    pen.rotate(place.angle);
    pen.strokeText(name, 0, 0);
    pen.fillText(name, 0, 0);
    pen.restore();
    return true;
  }

  return {
    count: () => taken.length,
    width: (name) => pen.measureText(name).width,
    reserve: (point, width, height) => taken.push({ x: point.x, y: point.y, halfWidth: width / 2, halfHeight: height / 2 }),
    write,
    writeBeside(name, point) {
      if (name.length > LONGEST_LABEL) return;
      const away = pen.measureText(name).width / 2 + 16;
      [[away, 0], [-away, 0], [0, 20], [0, -20]].some(([x, y]) => write(name, { x: point.x + x, y: point.y + y, angle: 0 }));
    },
  };
}

// Beside the middle of a line: along its chord where it is nearly straight, else its longest piece.
function placeAlong(map, path, width) {
  const points = path.getLatLngs().flat().map((point) => map.latLngToContainerPoint(point));
  let length = 0;
  let best = null;
  points.forEach((b, index) => {
    if (!index) return;
    const a = points[index - 1];
    const piece = Math.hypot(b.x - a.x, b.y - a.y);
    length += piece;
    if (!best || piece > best.piece) best = { a, b, piece };
  });
  if (!best) return null;
  const [a, b] = [points[0], points[points.length - 1]];
  const chord = Math.hypot(b.x - a.x, b.y - a.y);
  if (chord > 0.95 * length) best = { a, b, piece: chord };
  if (best.piece * MOST_OVERHANG < width) return null;
  let angle = Math.atan2(best.b.y - best.a.y, best.b.x - best.a.x);
  if (angle > Math.PI / 2) angle -= Math.PI;
  if (angle < -Math.PI / 2) angle += Math.PI;
  const aside = lineWeight(map.getZoom()) / 2 + 9;
  return {
    x: (best.a.x + best.b.x) / 2 + Math.sin(angle) * aside,
    y: (best.a.y + best.b.y) / 2 - Math.cos(angle) * aside,
    angle,
  };
}

function placeInside(map, path, width) {
  if (!path.getBounds) return null;
  const bounds = path.getBounds();
  const a = map.latLngToContainerPoint(bounds.getNorthWest());
  const b = map.latLngToContainerPoint(bounds.getSouthEast());
  if (b.x - a.x < width * 1.1 || b.y - a.y < 18) return null;
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, angle: 0 };
}
