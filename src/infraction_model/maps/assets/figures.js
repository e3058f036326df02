// Figures of the week, read from strings of base-64 digits by their place (see maps/codes.py).
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF = new Uint8Array(128);
for (let digit = 0; digit < 64; digit += 1) VALUE_OF[DIGITS.charCodeAt(digit)] = digit;
const HOURS = 168;
const LEVELS = 4094;
const MISSING = 4095;

function makeFigures(data) {
  const digit = (text, place) => VALUE_OF[text.charCodeAt(place)];
  const classOfLevel = new Int8Array(LEVELS + 2).fill(-1);
  const probabilityOfLevel = new Float64Array(LEVELS + 2).fill(NaN);
  for (let level = 0; level <= LEVELS; level += 1) {
    const share = level / LEVELS;
    const probability = data.top * share * share;
    probabilityOfLevel[level] = probability;
    classOfLevel[level] = classOf(probability, data.breaks);
  }

  function level(zone, hour) {
    const place = 2 * (zone * HOURS + hour);
    return 64 * digit(data.probability, place) + digit(data.probability, place + 1);
  }

  const probability = (zone, hour) => probabilityOfLevel[level(zone, hour)];

  function interval(zone, hour) {
    const place = zone * HOURS + hour;
    const shown = probability(zone, hour);
    const up = digit(data.high, place) / 63;
    return [shown * (1 - digit(data.low, place) / 63), shown + (data.cap - shown) * up * up];
  }

  function expected(zone, hour) {
    const share = probability(zone, hour);
    const { kind, factor, low, high, digits } = data.expected;
    if (kind === "zone") return share * factor[zone];
    const hazard = -Math.log1p(-Math.min(share, data.nearly_one));
    if (kind === "hazard") return hazard;
    return hazard * low * Math.pow(high / low, digit(digits, zone * HOURS + hour) / 63);
  }

  // The tier, 1 the best; 0 where there is no forecast.
  function tier(zone, hour) {
    const cell = zone * HOURS + hour;
    const both = digit(data.tiers, cell >> 1);
    return cell & 1 ? both & 7 : both >> 3;
  }

  const extrapolated = new Set(data.extrapolated);
  const rankOfCell = new Map(data.best.map((cell, place) => [cell, place + 1]));

  return {
    zones: data.zones.name.length,
    level,
    probability,
    interval,
    expected,
    tier,
    colourClass: (zone, hour) => classOfLevel[level(zone, hour)],
    isExtrapolated: (hour) => extrapolated.has(hour),
    isMissing: (zone, hour) => level(zone, hour) === MISSING,
    rank: (zone, hour) => rankOfCell.get(zone * HOURS + hour),
    reason(zone, hour) {
      const text = data.reasons.cells[zone * HOURS + hour];
      return text === undefined ? "" : data.reasons.texts[text];
    },
    // Best first: tier, then probability, then the order of zone_id, which is the order of the rows.
    rankedAt(hour) {
      const zones = [];
      for (let zone = 0; zone < data.zones.name.length; zone += 1) {
        if (level(zone, hour) !== MISSING) zones.push(zone);
      }
      const value = zones.length ? new Float64Array(data.zones.name.length) : [];
      zones.forEach((zone) => {
        value[zone] = -expected(zone, hour);
      });
      return zones.sort(
        (a, b) => tier(a, hour) - tier(b, hour) || value[a] - value[b] || a - b,
      );
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

function classOf(probability, breaks) {
  let found = 0;
  while (found < breaks.length && probability >= breaks[found]) found += 1;
  return found;
}
