// Figures of the week, read from strings of base-64 digits by their place (see maps/page/codes.py).
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF = new Uint8Array(128);
for (let digit = 0; digit < 64; digit += 1) VALUE_OF[DIGITS.charCodeAt(digit)] = digit;
const HOURS = 168;
const ZONE_WIDTH = 3;

function digitsAt(text, place, width) {
  let found = 0;
  for (let at = place * width; at < (place + 1) * width; at += 1) found = 64 * found + VALUE_OF[text.charCodeAt(at)];
  return found;
}

function makeFigures(data) {
  const number = digitsAt;
  const missing = 64 ** data.width - 1;
  const finest = 64 ** (data.width - 1) - 1;
  const level = (zone, hour) => number(data.probability, zone * HOURS + hour, data.width);

  function probability(zone, hour) {
    const found = level(zone, hour);
    const share = found / (missing - 1);
    return found === missing ? NaN : data.top * share * share;
  }

  function interval(zone, hour) {
    const place = zone * HOURS + hour;
    const shown = probability(zone, hour);
    const down = number(data.low, place, data.width - 1) / finest;
    const up = number(data.high, place, data.width - 1) / finest;
    return [shown * (1 - down), shown + (data.cap - shown) * up * up];
  }

  const hazard = (share) => -Math.log1p(-Math.min(share, data.nearly_one));

  function expected(zone, hour) {
    const share = probability(zone, hour);
    const { kind, factor, low, high, digits } = data.expected;
    if (kind === "zone") return share * factor[zone];
    if (kind === "hazard") return hazard(share);
    return hazard(share) * low * Math.pow(high / low, number(digits, zone * HOURS + hour, 1) / 63);
  }

  // The tier, 1 the best; 0 where there is no forecast.
  function tier(zone, hour) {
    const cell = zone * HOURS + hour;
    const both = number(data.tiers, cell >> 1, 1);
    return cell & 1 ? both & 7 : both >> 3;
  }

  const extrapolated = new Set(data.extrapolated);
  const rankOfCell = new Map(data.best.map((cell, place) => [cell, place + 1]));

  return {
    zones: data.zones.name.length,
    probability,
    interval,
    expected,
    hazard,
    tier,
    isExtrapolated: (hour) => extrapolated.has(hour),
    isMissing: (zone, hour) => level(zone, hour) === missing,
    rank: (zone, hour) => rankOfCell.get(zone * HOURS + hour),
    reason(zone, hour) {
      const text = data.reasons.cells[zone * HOURS + hour];
      return text === undefined ? "" : data.reasons.texts[text];
    },
    // Best first. The first places are held exactly; the others go by tier, by what is expected
    // as far as its level tells, and by zone_id, which is the order of the rows.
    rankedAt(hour) {
      const first = [];
      const held = data.best_of_hour[hour];
      for (let place = 0; place < held.length / ZONE_WIDTH; place += 1) first.push(number(held, place, ZONE_WIDTH));
      const listed = new Set(first);
      const others = [];
      const value = new Float64Array(data.zones.name.length);
      for (let zone = 0; zone < data.zones.name.length; zone += 1) {
        if (level(zone, hour) === missing || listed.has(zone)) continue;
        others.push(zone);
        value[zone] = expected(zone, hour);
      }
      others.sort((a, b) => tier(a, hour) - tier(b, hour) || value[b] - value[a] || a - b);
      return first.concat(others);
    },
    daySum(zone, day) {
      let sum = 0;
      for (let hour = 24 * day; hour < 24 * day + 24; hour += 1) {
        if (!extrapolated.has(hour)) sum += expected(zone, hour) || 0;
      }
      return sum;
    },
  };
}

// The class of a probability; -1 where there is none.
function classOf(probability, breaks) {
  if (Number.isNaN(probability)) return -1;
  let found = 0;
  while (found < breaks.length && probability >= breaks[found]) found += 1;
  return found;
}
