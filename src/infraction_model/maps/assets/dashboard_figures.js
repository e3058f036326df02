// Figures of the state of parking, read from digits by their place (see maps/page/codes.py).
function makeStateFigures(data) {
  const zones = data.zones.name.length;
  const missing = 64 ** data.width - 1;
  const finest = 64 ** (data.width - 1) - 1;
  const shares = (text, place) => {
    const level = digitsAt(text, place, data.width);
    return level === missing ? NaN : (level / (missing - 1)) ** 2;
  };
  const typical = (zone, hour) => shares(data.typical, zone * HOURS + hour);
  const orNaN = (value) => (value === null || value === undefined ? NaN : value);

  function interval(zone, hour) {
    const place = zone * HOURS + hour;
    const shown = typical(zone, hour);
    const down = digitsAt(data.low, place, data.width - 1) / finest;
    const up = digitsAt(data.high, place, data.width - 1) / finest;
    return [shown * (1 - down), shown + (1 - shown) * up * up];
  }

  const weekOf = (zone, week) => shares(data.trend, zone * data.weeks + week);
  const lastWeek = (zone) => weekOf(zone, data.weeks - 1);

  return {
    zones,
    known: data.known,
    isKnown: (zone) => String(zone) in data.last,
    typical,
    interval,
    weekOf,
    lastWeek,
    // The ends of the last week's interval, and what it rests on: measured, estimated, paid only.
    lastInterval: (zone) => data.last[zone].slice(0, 2).map(orNaN),
    basis: (zone) => data.last[zone].slice(2),
    town: (hour) => data.town_typical.map((values) => orNaN(values[hour])),
    townWeek: (span, week) => data[`town_${span}`].map((values) => orNaN(values[week])),
    // Whole percents decide, as they are shown: no zone of 85 % stands beside the full ones.
    colourClass: (share) => classOf(Math.round(100 * share) / 100, data.breaks),
    isFull: (share) => Math.round(100 * share) / 100 >= data.full,
    isEmpty: (share) => Math.round(100 * share) / 100 < data.empty,
    // What sensors tell of stays: bays seen, arrivals, rotation, mean minutes, overstays, long stays.
    stays: (zone) => (data.stays[zone] ? data.stays[zone].map(orNaN) : null),
    // The hour at which most spaces are taken.
    busiest() {
      const values = data.town_typical[0].map(orNaN);
      return values.reduce((best, value, hour) => (value > (values[best] || 0) ? hour : best), 0);
    },
  };
}
