// The figures of all infractions, or of one category alone: each find is of it with the chance of
// the zone's own mix, so a hazard shrinks to that share (see maps/page/thinning.py).
const SHARE_WIDTH = 2;

function makeCategories(data, all) {
  const held = data.categories;
  const count = held ? held.scales.length : 0;
  const finest = 64 ** SHARE_WIDTH - 1;
  const whole = { breaks: data.breaks, places: data.places, best: data.best, mean: data.mean, most_expected: data.most_expected };
  let chosen = null;
  let scale = whole;

  const share = (zone) => digitsAt(held.share, zone * count + chosen, SHARE_WIDTH) / finest;

  // How much finds bunch beyond chance: log(1 + x) / x = hazard / expected; 0 where they do not.
  function mixing(expected, hazard) {
    const ratio = expected > 0 ? hazard / expected : 1;
    if (data.expected.kind !== "hour" || !(ratio > 0 && ratio < 1 - 1e-9)) return 0;
    let x = 1 / (ratio * ratio) - 1;
    for (let step = 0; step < 30; step += 1) {
      const next = Math.max(x - (Math.log1p(x) - ratio * x) / (1 / (1 + x) - ratio), 1e-12);
      if (Math.abs(next - x) <= 1e-12 * x) return next;
      x = next;
    }
    return x;
  }

  // The share of the hazard that is left.
  function partLeft(zone, hour) {
    const own = share(zone);
    const mixed = mixing(all.expected(zone, hour), all.hazard(all.probability(zone, hour)));
    return mixed > 0 ? Math.log1p(mixed * own) / Math.log1p(mixed) : own;
  }

  const thinned = (probability, part) => -Math.expm1(-all.hazard(probability) * part);

  function tier(zone, hour) {
    if (chosen === null) return all.tier(zone, hour);
    const expected = figures.expected(zone, hour);
    if (Number.isNaN(expected)) return 0;
    const limits = all.isExtrapolated(hour) ? scale.limits.extrapolated : scale.limits.known;
    const found = limits.findIndex((limit) => limit !== null && expected >= limit);
    return found < 0 ? limits.length + 1 : found + 1;
  }

  const figures = {
    ...all,
    get category() {
      return chosen;
    },
    choose(category) {
      chosen = category;
      scale = category === null ? whole : held.scales[category];
    },
    breaks: () => scale.breaks,
    places: () => scale.places,
    best: () => scale.best,
    mean: () => scale.mean,
    mostExpected: () => scale.most_expected,
    tier,
    probability(zone, hour) {
      const found = all.probability(zone, hour);
      return chosen === null ? found : thinned(found, partLeft(zone, hour));
    },
    interval(zone, hour) {
      const bounds = all.interval(zone, hour);
      if (chosen === null) return bounds;
      const part = partLeft(zone, hour);
      return bounds.map((bound) => thinned(bound, part));
    },
    expected: (zone, hour) => all.expected(zone, hour) * (chosen === null ? 1 : share(zone)),
    // The place of its colour, -1 where there is no forecast.
    colourClass(zone, hour) {
      const found = classOf(figures.probability(zone, hour), scale.breaks);
      return found < 0 ? -1 : scale.places[found];
    },
    rank: (zone, hour) => (chosen === null ? all.rank(zone, hour) : undefined),
    // Best first; of one category by tier, by what is expected, and by zone_id.
    rankedAt(hour) {
      if (chosen === null) return all.rankedAt(hour);
      const value = new Float64Array(all.zones);
      const zones = [];
      for (let zone = 0; zone < all.zones; zone += 1) {
        if (all.isMissing(zone, hour)) continue;
        zones.push(zone);
        value[zone] = figures.expected(zone, hour);
      }
      return zones.sort((a, b) => value[b] - value[a] || a - b);
    },
    daySum: (zone, day) => all.daySum(zone, day) * (chosen === null ? 1 : share(zone)),
  };
  return figures;
}
