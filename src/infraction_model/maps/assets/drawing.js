// The zones of a town that has outlines, drawn by Leaflet on a canvas.
const PER_DEGREE = 100000;
const BADGES = 10;
const FAINT_COLOUR = "#eceff2";
const CHOSEN_COLOUR = "#0092d6";
const SEEN_THROUGH = 0.62;
const PADDING = 0.12;
// Shapes come with few points: to clip or to simplify them takes longer than to draw them.
const AS_THEY_ARE = { noClip: true, smoothFactor: 0 };
const PAPER = { width: 766, height: 704 };

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

const LEAST_BORDERED = 9; // pixels

function lineWeight(zoom) {
  return Math.max(2.5, Math.min(13, 6 * Math.pow(1.6, zoom - 16)));
}

// Calls `choose({ zone })` on a click. `restyle(styleOf)` draws only what changed since the last call;
// styleOf(zone) gives {fill, faint, strong}.
function makeDrawing(holder, data, words, hoverText, choose) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(holder, {
    fadeAnimation: !still,
    zoomAnimation: !still,
    markerZoomAnimation: !still,
    preferCanvas: true,
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    renderer: L.canvas({ padding: PADDING, tolerance: 5 }),
  });
  const zoomControl = L.control.zoom().addTo(map);
  const scale = L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  const paths = [];
  const group = L.featureGroup();
  const lineShapes = data.shapes.filter((shape) => shape && shape[0] === "l");
  // on a canvas of its own, which an hour does not draw anew
  map.createPane("casing").style.zIndex = 390;
  map.getPane("casing").style.pointerEvents = "none";
  const casing = L.polyline(
    lineShapes.flatMap((shape) => shape[1].map(unpackLine)),
    { color: "#7d8894", interactive: false, lineCap: "butt", pane: "casing", renderer: L.canvas({ padding: PADDING, pane: "casing" }), ...AS_THEY_ARE },
  );
  const bounds = boundsOf(data.shapes);
  const showAll = () => map.fitBounds(bounds, { padding: [24, 24], animate: false });
  showAll();
  casing.addTo(map);
  data.shapes.forEach((shape, zone) => {
    if (!shape) return;
    const path = makePath(shape, { weight: 1, color: "#8792a0", fillOpacity: 0.94, ...AS_THEY_ARE });
    path.zone = zone;
    path.kind = shape[0];
    path.look = "";
    paths[zone] = path;
    group.addLayer(path);
  });
  group.addTo(map);
  addBasemap(map, data.basemap, holder, () => {
    paths.forEach((path) => path.kind === "a" && path.setStyle({ fillOpacity: SEEN_THROUGH }));
  });

  const tooltip = L.tooltip({ sticky: true, direction: "top", offset: [0, -8], opacity: 1 });
  group.on("mousemove mouseover", (event) => {
    tooltip.setLatLng(event.latlng).setContent(hoverText(event.layer.zone));
    if (!map.hasLayer(tooltip)) map.addLayer(tooltip);
  });
  group.on("mouseout", () => map.removeLayer(tooltip));
  group.on("click", (event) => choose({ zone: event.layer.zone }));

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

  // Where areas are a few pixels wide, their borders would hide their colours.
  const areas = paths.filter((path) => path && path.kind === "a");
  const widths = areas.map((path) => path.getBounds().getEast() - path.getBounds().getWest()).sort((a, b) => a - b);
  let bordered = true;
  function border() {
    const pixels = ((widths[widths.length >> 1] || 0) / 360) * 256 * Math.pow(2, map.getZoom());
    if (areas.length === 0 || bordered === pixels >= LEAST_BORDERED) return;
    bordered = !bordered;
    areas.forEach((path) => path.setStyle({ stroke: bordered }));
  }

  function reweigh() {
    border();
    casing.setStyle({ weight: lineWeight(map.getZoom()) + 2 });
    restyle(styleOf);
    outlineChosen();
  }
  map.on("zoomend", reweigh);
  reweigh();

  const badges = [];
  const drawNames = makeNames(map, data, paths);
  const drawRoute = makeRouteDrawing(map, data, choose);
  // Names beside the first of `zones`, and, where `placeOf` tells them, their numbers in the list.
  function mark(zones, placeOf) {
    while (badges.length) badges.pop().remove();
    showRoute(null);
    const first = zones.slice(0, BADGES).filter((zone) => paths[zone]);
    (placeOf ? first : []).forEach((zone, place) => {
      const icon = L.divIcon({ className: "badge", html: element("span", {}, `${placeOf.get(zone)}`), iconSize: [22, 22] });
      const [x, y] = data.anchors[zone];
      const marker = L.marker([y, x], { icon, keyboard: false, zIndexOffset: 1000 - place });
      marker.on("click", () => choose({ zone }));
      marker.on("mouseover", () => tooltip.setLatLng([y, x]).setContent(hoverText(zone)).addTo(map));
      marker.on("mouseout", () => map.removeLayer(tooltip));
      badges.push(marker.addTo(map));
    });
    drawNames(first);
  }

  // The stops of a route in their order instead of the numbers of the list; see route_drawing.js.
  let routeShown = null;
  function showRoute(route) {
    if (route === routeShown) return;
    routeShown = route;
    if (route !== null) while (badges.length) badges.pop().remove();
    drawRoute(route);
    if (route !== null) drawNames([...new Set(route.stops.map(([zone]) => zone))].filter((zone) => paths[zone]));
  }

  return {
    restyle,
    mark,
    showRoute,
    pick(zone) {
      chosen = zone;
      outlineChosen();
      if (zone === null || !paths[zone]) return;
      const [x, y] = data.anchors[zone];
      if (!map.getBounds().pad(-0.05).contains([y, x])) map.panTo([y, x], { animate: !still });
    },
    showAll,
    // On paper the picture of the screen, drawn larger or smaller: a canvas is not drawn anew there.
    fitPaper(onPaper) {
      const [width, height] = [holder.clientWidth, holder.clientHeight];
      if (onPaper && !width) return; // out of sight behind the table
      const scale = Math.min(PAPER.width / width, PAPER.height / height);
      holder.classList.toggle("on-paper", onPaper);
      const set = (name, value) => holder.style.setProperty(name, onPaper ? value : null);
      set("width", `${width}px`);
      set("height", `${height}px`);
      set("transform", `scale(${scale})`);
      set("margin-right", `${width * (scale - 1)}px`);
      set("margin-bottom", `${height * (scale - 1)}px`);
    },
    resize: () => holder.clientWidth && map.invalidateSize(),
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

// Pictures of streets under the zones, where the town asks for them and the network gives them; at
// the first that does not come the map stays as it is without any.
function addBasemap(map, basemap, holder, whenShown) {
  if (!basemap || !navigator.onLine) return;
  const layer = L.tileLayer(basemap.tiles, { maxZoom: 22, maxNativeZoom: 18 });
  let shown = false;
  layer.on("tileload", () => {
    if (shown) return;
    shown = true;
    holder.append(element("span", { class: "credit" }, basemap.credit));
    whenShown();
  });
  layer.on("tileerror", () => {
    if (!shown) layer.remove();
  });
  layer.addTo(map);
}
