const LONGEST_LABEL = 48;
const MOST_NAMES = 160;
const MOST_OVERHANG = 1.25;
const NARROWEST_LETTER = 2.5;

// Names as on a paper map: first beside the numbered zones, then along the streets with room for
// them, the busiest first, none over another. Calling the function returned draws them anew.
function makeNames(map, data, paths) {
  const canvas = L.DomUtil.create("canvas", "street-names leaflet-zoom-hide", map.getPanes().shadowPane);
  const pen = canvas.getContext("2d");
  const order = data.label_order.filter((zone) => paths[zone] && data.zones.name[zone].length <= LONGEST_LABEL);
  const widths = new Map();
  let numbered = [];
  let fitting = [];

  // Which names have room along their own street where the map now stands; an hour changes nothing.
  function settle() {
    const size = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const names = makeNamePen(pen);
    const view = map.getBounds();
    fitting = [];
    order.forEach((zone) => {
      const path = paths[zone];
      if (path.getBounds && !view.intersects(path.getBounds())) return;
      const name = data.zones.name[zone];
      const placeOf = path.kind === "l" ? placeAlong : placeInside;
      // measuring a text costs far more than placing it: most streets have no room for any
      if (!placeOf(map, path, NARROWEST_LETTER * name.length)) return;
      if (!widths.has(name)) widths.set(name, names.width(name));
      const place = placeOf(map, path, widths.get(name));
      if (place) fitting.push({ name, place });
    });
    draw();
  }

  function draw() {
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const names = makeNamePen(pen);
    const points = numbered.map((zone) => map.latLngToContainerPoint([data.anchors[zone][1], data.anchors[zone][0]]));
    points.forEach((point) => names.reserve(point, 24, 24));
    numbered.forEach((zone, place) => names.writeBeside(data.zones.name[zone], points[place]));
    fitting.some(({ name, place }) => {
      names.write(name, place);
      return names.count() >= MOST_NAMES;
    });
  }
  map.on("moveend resize", settle);
  settle();
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
