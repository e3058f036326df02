// The open alerts on the town's map: each zone in the colour of its best, the first ten numbered.
const BADGED = 10;
const QUIET_COLOUR = "#d3d9e0";

function makeLiveMap(page, data, words, zoneOf, hoverText, chooseZone) {
  const drawing = makeDrawing(page.map, data, words, hoverText, chooseZone);
  drawing.translate();
  // Until somebody moves it, the map shows the whole town, whatever room it has.
  let moved = false;
  ["pointerdown", "wheel", "keydown"].forEach((kind) => page.map.addEventListener(kind, () => (moved = true), { passive: true }));
  page.recentre.addEventListener("click", () => {
    moved = false;
    drawing.showAll();
  });
  new ResizeObserver(() => {
    drawing.resize();
    if (!moved && page.map.clientWidth) drawing.showAll();
  }).observe(page.map);
  let marked = "";
  let picked = null;

  // The best place in the list, and the best chance of a find, by zone.
  function byZone(alerts) {
    const best = new Map();
    const share = new Map();
    alerts.forEach((alert) => {
      const zone = zoneOf.get(alert.zone_id);
      if (zone === undefined) return;
      if (!best.has(zone)) best.set(zone, alert.alert_id);
      share.set(zone, Math.max(share.get(zone) || 0, findChance(alert)));
    });
    return { best, share };
  }

  function mark(best, rankOf) {
    const zones = [...best.keys()].slice(0, BADGED);
    const placeOf = new Map(zones.map((zone) => [zone, rankOf.get(best.get(zone))]));
    const look = JSON.stringify([...placeOf]);
    if (look !== marked) drawing.mark(zones, placeOf);
    marked = look;
  }

  return {
    // `alerts` are open and in their order; `chosen` is the alert that the list has open, if any.
    draw(alerts, rankOf, chosen) {
      const { best, share } = byZone(alerts);
      drawing.restyle((zone) => ({
        fill: share.has(zone) ? data.colours[classOf(share.get(zone), data.breaks)] : QUIET_COLOUR,
        faint: false,
        strong: share.has(zone),
      }));
      mark(best, rankOf);
      const zone = (chosen && zoneOf.get(chosen.zone_id)) ?? null;
      if (zone !== picked) drawing.pick(zone); // the map moves only when another one is chosen
      picked = zone;
    },
    translate: drawing.translate,
    resize: drawing.resize,
  };
}
