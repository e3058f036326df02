// A team's stops by their numbers and, where they have an order on the ground, a dashed line from
// each to the next as the crow flies. The function returned draws a route instead of the last.
const ROUTE_COLOUR = "#0b2545";
const SMALL = 0.35; // of the width and height of the picture

function makeRouteDrawing(map, data, choose) {
  const pane = map.createPane("routes");
  pane.style.zIndex = 450;
  pane.style.pointerEvents = "none";
  let renderer = null;
  const group = L.layerGroup().addTo(map);

  const pointOf = ([zone]) => data.anchors[zone] && [data.anchors[zone][1], data.anchors[zone][0]];

  function drawLine(route) {
    renderer = L.canvas({ pane: "routes", padding: 0.12 });
    const base = route.base ? [[route.base[1], route.base[0]]] : [];
    const late = (stop) => route.pause !== null && stop[1] >= route.pause[0];
    const before = route.stops.filter((stop) => !late(stop)).map(pointOf).filter(Boolean);
    const after = route.stops.filter(late).map(pointOf).filter(Boolean);
    // a break is taken at the base
    const points = [...base, ...before, ...(before.length && after.length ? base : []), ...after, ...base];
    const line = { renderer, pane: "routes", interactive: false, fill: false, lineJoin: "round" };
    group.addLayer(L.polyline(points, { ...line, color: "#ffffff", weight: 6, opacity: 0.85 }));
    group.addLayer(L.polyline(points, { ...line, color: ROUTE_COLOUR, weight: 2.5, dashArray: "7 6" }));
    if (!base.length) return;
    const icon = L.divIcon({ className: "badge", html: element("span", { class: "base" }), iconSize: [16, 16] });
    group.addLayer(L.marker(base[0], { icon, keyboard: false, interactive: false }));
  }

  function drawStops(route) {
    route.stops.forEach((stop, place) => {
      const [zone, arrive, , , purpose] = stop;
      if (!pointOf(stop)) return;
      const html = element("span", { class: `stop purpose${purpose}` }, `${place + 1}`);
      const icon = L.divIcon({ className: "badge", html, iconSize: [22, 22] });
      const marker = L.marker(pointOf(stop), { icon, keyboard: false, zIndexOffset: 1000 - place });
      marker.on("click", () => choose({ zone, hour: hourOf(arrive) }));
      group.addLayer(marker);
    });
  }

  // A route that is out of sight, or lost in the picture of a large town, is brought near.
  function bringNear(route) {
    const points = route.stops.map(pointOf).filter(Boolean);
    if (!points.length) return;
    const bounds = L.latLngBounds(points);
    const view = map.getBounds();
    const [size, room] = [bounds, view].map((box) => [box.getEast() - box.getWest(), box.getNorth() - box.getSouth()]);
    const small = size[0] < SMALL * room[0] && size[1] < SMALL * room[1];
    if (small || !view.contains(bounds)) map.fitBounds(bounds, { padding: [60, 60], maxZoom: 17, animate: false });
  }

  return (route) => {
    group.clearLayers();
    if (renderer) renderer.remove(); // an empty canvas still costs each frame its room
    renderer = null;
    if (route === null) return;
    bringNear(route);
    if (data.plan.kind === "routes") drawLine(route);
    drawStops(route);
  };
}
