"""Every registered feature a second time, in plain SQL on the contract tables.

`prepare` puts what was known at an origin into tables of a DuckDB connection; ORACLES holds one
query per feature. A query returns `value` by zone and hour, by either of them or by neither.
Nothing of the package is used but the constants that a feature's name promises.
"""

from __future__ import annotations

import duckdb
import pandas as pd

HALF_LIVES = {"4w": "4.0", "13w": "13.0", "52w": "52.0", "all": "'infinity'::DOUBLE"}
EPOCH = pd.Timestamp("1970-01-05")  # a Monday: hour 0 of week 0

# France, read from the decrees: public holidays of 2024, school holidays of the year 2023-2024.
PUBLIC_HOLIDAYS = ("2024-01-01", "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09",
                   "2024-05-20", "2024-07-14", "2024-08-15")  # fmt: skip
SCHOOL_HOLIDAYS = [  # zone, first day, first day of term
    ("A", "2024-02-17", "2024-03-04"), ("B", "2024-02-24", "2024-03-11"),
    ("C", "2024-02-10", "2024-02-26"), ("A", "2024-04-13", "2024-04-29"),
    ("B", "2024-04-20", "2024-05-06"), ("C", "2024-04-06", "2024-04-22"),
    *((zone, "2023-12-23", "2024-01-08") for zone in "ABC"),
    *((zone, "2024-07-06", "2024-09-02") for zone in "ABC"),
]  # fmt: skip


def load(tables) -> duckdb.DuckDBPyConnection:
    """A connection that holds the contract tables, times as hours of the local clock."""
    zones, fines, patrols, context, occupancy = tables
    base = duckdb.connect()
    located = zones.assign(geometry=zones["geometry"].map(bytes))
    base.register("zones_given", located)
    base.register("fines_given", _local(fines))
    base.register("patrols_given", _local(patrols))
    base.register("context_given", _local(context))
    base.register("occupancy_given", _local(occupancy))
    base.execute(f"""
        CREATE MACRO hour_of(t) AS date_diff('hour', TIMESTAMP '{EPOCH}', t);
        CREATE TABLE zone AS
            SELECT row_number() OVER (ORDER BY zone_id) - 1 AS zone, zone_id, spaces
            FROM zones_given;
        CREATE TABLE hour AS SELECT range AS hour FROM range(168);
        CREATE TABLE fine AS
            SELECT zone, category,
                hour_of(issued_at) // 168 AS week, hour_of(issued_at) % 168 AS hour,
                greatest(hour_of(recorded_at) // 168, hour_of(issued_at) // 168) AS known
            FROM fines_given JOIN zone USING (zone_id);
        CREATE TABLE patrolled AS
            SELECT zone, hour_of(started_at) // 168 AS week, hour_of(started_at) % 168 AS hour,
                sum(date_diff('minute', started_at, ended_at) / 60.0) AS hours
            FROM patrols_given JOIN zone USING (zone_id) GROUP BY ALL;
        CREATE TABLE told AS
            SELECT zone, kind, value, hour_of(start) AS since,
                hour_of("end" + INTERVAL 59 MINUTE + INTERVAL 59 SECOND) AS until,
                CASE WHEN kind IN ('payments', 'footfall')
                    THEN greatest(coalesce(hour_of(known_at), 0), hour_of("end") - 1)
                    WHEN known_at IS NOT NULL THEN hour_of(known_at)
                    WHEN kind IN ('rain', 'temperature') THEN hour_of("end") - 1
                    ELSE coalesce(hour_of(start), -999999) END AS known_hour
            FROM context_given LEFT JOIN zone USING (zone_id);
        CREATE TABLE filled AS
            SELECT zone, hour_of(starts_at) // 168 AS week, hour_of(starts_at) % 168 AS hour,
                occupancy
            FROM occupancy_given JOIN zone USING (zone_id) WHERE basis <> 'paid';
    """)
    base.execute("CREATE TABLE public_holiday (day DATE)")
    base.executemany("INSERT INTO public_holiday VALUES (?)", [[day] for day in PUBLIC_HOLIDAYS])
    base.execute("CREATE TABLE school_holiday (school_zone TEXT, first DATE, term DATE)")
    base.executemany("INSERT INTO school_holiday VALUES (?, ?, ?)", SCHOOL_HOLIDAYS)
    return base


def _local(table: pd.DataFrame) -> pd.DataFrame:
    times = table.select_dtypes("datetimetz").columns
    return table.assign(**{name: table[name].dt.tz_localize(None) for name in times})


def prepare(base, basis: str, first: int, origin: int, target: int, curve, lonlat) -> None:
    """Make the tables of one origin: what was known then, summed up and shrunk."""
    shares = pd.DataFrame({"age": range(200), "share": [*curve, *[1.0] * (200 - len(curve))]})
    base.register("curve", shares)
    base.register("place", lonlat)
    base.execute(f"""
        CREATE OR REPLACE TABLE asked AS
            SELECT {first} AS first, {origin} AS origin, {target} AS target;
        CREATE OR REPLACE TABLE past AS SELECT range AS week FROM range({first}, {origin});
        CREATE OR REPLACE TABLE day AS
            SELECT hour, week,
                (DATE '{EPOCH.date()}' + to_days((7 * week + hour // 24)::INTEGER))::DATE AS day
            FROM hour, (SELECT week FROM past UNION ALL SELECT {target});
        CREATE OR REPLACE TABLE known_fine AS SELECT * FROM fine WHERE known < {origin};
        CREATE OR REPLACE TABLE known_context AS
            SELECT * FROM told WHERE known_hour < {origin} * 168;
    """)
    base.execute(_EXPOSED[basis])
    base.execute(_EVENTS[basis])
    base.execute(_DAYS + _CONTEXT)
    for name, half_life in HALF_LIVES.items():
        base.execute(_SUMS.format(name=name, half_life=half_life))
        for turn in range(2):
            level = f"level_{name}" if turn else "(SELECT zone, 1.0 AS level FROM zone)"
            base.execute(_MARGINALS.format(name=name, level=level))
        base.execute(_CELLS.format(name=name))


_EXPOSED = {
    "recorded": """
        CREATE OR REPLACE TABLE exposed AS
            SELECT zone, week, hour, hours FROM patrolled JOIN past USING (week);""",
    # the clock was put forward on 31 March 2024 at 2: that hour was none
    "none": f"""
        CREATE OR REPLACE TABLE exposed AS
            SELECT zone, week, hour, 1.0 AS hours FROM zone, past, hour
            WHERE week * 168 + hour <> date_diff(
                'hour', TIMESTAMP '{EPOCH}', TIMESTAMP '2024-03-31 02:00:00');""",
}
_EVENTS = {
    "recorded": """
        CREATE OR REPLACE TABLE event AS
            SELECT zone, week, hour, 1.0 AS events, 1.0 AS fines
            FROM known_fine SEMI JOIN patrolled USING (zone, week, hour);""",
    "none": """
        CREATE OR REPLACE TABLE event AS
            SELECT zone, week, hour, 1.0 AS events, count(*) AS fines
            FROM known_fine GROUP BY ALL;""",
}
_DAYS = """
    CREATE OR REPLACE TABLE weekly AS
        SELECT week, hour, origin - 1 - week AS age, share, (day(day.day) - 1) // 7 AS nth
        FROM asked, day JOIN curve ON curve.age = greatest(origin - 1 - week, 0)
        WHERE week < origin;
    CREATE OR REPLACE TABLE wanted AS
        SELECT hour, day, (day(day) - 1) // 7 AS nth FROM day, asked WHERE week = target;
"""
_SUMS = """
    CREATE OR REPLACE TABLE sums_{name} AS
        SELECT zone, hour, coalesce(events, 0.0) AS events, coalesce(hours, 0.0) AS hours
        FROM zone CROSS JOIN hour
        LEFT JOIN (SELECT zone, hour, sum(events * 0.5 ** (age / {half_life})) AS events
            FROM event JOIN weekly USING (week, hour) GROUP BY ALL) USING (zone, hour)
        LEFT JOIN (SELECT zone, hour, sum(hours * share * 0.5 ** (age / {half_life})) AS hours
            FROM exposed JOIN weekly USING (week, hour) GROUP BY ALL) USING (zone, hour);
"""
_MARGINALS = """
    CREATE OR REPLACE TABLE profile_{name} AS
    WITH town AS (SELECT (sum(events) + 0.5) / (sum(hours) + 1.0) AS rate FROM sums_{name}),
    by_hour AS (
        SELECT hour, sum(events) AS e, sum(hours * level) AS x
        FROM sums_{name} JOIN {level} USING (zone) GROUP BY hour),
    of_day AS (SELECT hour % 24 AS clock, sum(e) AS e, sum(x) AS x FROM by_hour GROUP BY ALL),
    nearby AS (
        SELECT here.clock, any_value(here.e) AS e, any_value(here.x) AS x,
            sum(exp(-least(abs(here.clock - there.clock), 24 - abs(here.clock - there.clock)))
                * (there.e + 1e-3 * rate))
            / sum(exp(-least(abs(here.clock - there.clock), 24 - abs(here.clock - there.clock)))
                * (there.x + 1e-3)) AS prior
        FROM of_day here, of_day there, town GROUP BY here.clock),
    clock AS (SELECT clock, prior * (e + 2) / (x * prior + 2) AS rate FROM nearby),
    weekday AS (
        SELECT hour // 24 AS weekday, (sum(e) + 2) / (sum(x * rate) + 2) AS factor
        FROM by_hour JOIN clock ON clock = hour % 24 GROUP BY ALL)
    SELECT hour, factor * rate * (e + 2) / (x * factor * rate + 2) AS profile
    FROM by_hour JOIN clock ON clock = hour % 24 JOIN weekday ON weekday = hour // 24;
    CREATE OR REPLACE TABLE level_{name} AS
        SELECT zone, (sum(events) + 2) / (sum(hours * profile) + 2) AS level
        FROM sums_{name} JOIN profile_{name} USING (hour) GROUP BY zone;
"""
_CELLS = """
    CREATE OR REPLACE TABLE cell_{name} AS
        SELECT zone, hour, events, hours, level * profile AS prior
        FROM sums_{name} JOIN level_{name} USING (zone) JOIN profile_{name} USING (hour);
"""
_CONTEXT = """
    CREATE OR REPLACE TABLE weather AS
        SELECT kind, moment // 168 AS week, moment % 168 AS hour, avg(value) AS value
        FROM (SELECT kind, since AS moment, value FROM known_context
            WHERE kind IN ('rain', 'temperature')
            QUALIFY known_hour = max(known_hour) OVER (PARTITION BY kind, since))
        GROUP BY ALL;
    CREATE OR REPLACE TABLE happening AS
        SELECT kind, zone, week, hour, max(value) AS value
        FROM known_context, hour, (SELECT week FROM past UNION ALL SELECT target FROM asked)
        WHERE kind IN ('roadworks', 'market', 'event')
            AND since <= week * 168 + hour AND week * 168 + hour < until
        GROUP BY ALL;
    CREATE OR REPLACE TABLE near AS
        SELECT a.zone, b.zone AS neighbour
        FROM place a JOIN place b ON a.zone <> b.zone
        QUALIFY row_number() OVER (PARTITION BY a.zone ORDER BY
            ((a.lon - b.lon) * cos(radians(49.8))) ** 2 + (a.lat - b.lat) ** 2) <= 6;
"""


def _eb(name: str, strength: str) -> str:
    return (
        f"SELECT zone, hour, prior * (events + {strength}) / (hours * prior + {strength}) AS value "
        f"FROM cell_{name}"
    )


def _lag(weeks: int) -> str:
    return f"""
        SELECT zone, hour, coalesce(found, 0) / (hours * share) AS value
        FROM asked, exposed JOIN weekly USING (week, hour)
        LEFT JOIN (SELECT zone, week, hour, sum(events) AS found FROM event GROUP BY ALL)
            USING (zone, week, hour)
        WHERE week = origin - {weeks} AND hours * share > 0"""


def _pooled(same: str, name: str = "52w") -> str:
    """The prior of each cell times (events + 0.5) / (expected + 0.5) over the cells alike."""
    return f"""
        SELECT c.zone, c.hour,
            any_value(c.prior) * (sum(o.events) + 0.5) / (sum(o.hours * o.prior) + 0.5) AS value
        FROM cell_{name} c JOIN cell_{name} o ON c.zone = o.zone AND {same}
        GROUP BY c.zone, c.hour"""


_LIGHT = "(0.1 + 4 * prior)"
_PAIR = "CASE weekly.nth WHEN 4 THEN 2 ELSE weekly.nth % 2 END"
_SAME_PAIR = f"{_PAIR} = {_PAIR.replace('weekly', 'wanted')}"


def _alike(condition: str, mean: str | None = None) -> str:
    """A rate (by default the light all-time one), updated by the weeks that are alike: the prior is
    worth 0.1 event and one hour."""
    return f"""
        WITH mean AS ({mean or _eb("all", _LIGHT)}),
        e AS (SELECT zone, hour, sum(events) AS e FROM event JOIN weekly USING (week, hour)
            JOIN wanted USING (hour), asked WHERE {condition} GROUP BY ALL),
        x AS (SELECT zone, hour, sum(hours * share) AS x FROM exposed JOIN weekly USING (week, hour)
            JOIN wanted USING (hour), asked WHERE {condition} GROUP BY ALL)
        SELECT zone, hour,
            value * (coalesce(e, 0) + 0.1 + value) / (coalesce(x, 0) * value + 0.1 + value) AS value
        FROM mean LEFT JOIN e USING (zone, hour) LEFT JOIN x USING (zone, hour)"""


def _found_and_due(condition: str, prior: str) -> str:
    """Events found and events that a prior says were due, by zone and hour, in some weeks."""
    return f"""
        SELECT zone, hour, coalesce(e, 0) AS e, coalesce(x, 0) * prior AS x FROM cell_{prior}
        LEFT JOIN (SELECT zone, hour, sum(events) AS e FROM event JOIN weekly USING (week, hour)
            JOIN wanted USING (hour), asked WHERE {condition} GROUP BY ALL) USING (zone, hour)
        LEFT JOIN (SELECT zone, hour, sum(hours * share) AS x FROM exposed
            JOIN weekly USING (week, hour) JOIN wanted USING (hour), asked WHERE {condition}
            GROUP BY ALL) USING (zone, hour)"""


def _by_day(condition: str, prior: str) -> str:
    """Found against due, (found + 0.5) / (due + 0.5), for each zone and weekday."""
    return f"""
        WITH day_of AS (
            SELECT zone, hour // 24 AS weekday, (sum(e) + 0.5) / (sum(x) + 0.5) AS value
            FROM ({_found_and_due(condition, prior)}) GROUP BY ALL)
        SELECT zone, hour, value FROM day_of JOIN hour ON weekday = hour // 24"""


_LAST_WEEK = "week = origin - 1"


def _near(query: str) -> str:
    """The mean of a query by zone (and hour) over the neighbours."""
    hour = ", hour" if "hour," in query.split("FROM")[0] else ""
    return (
        f"SELECT near.zone{hour}, avg(value) AS value "
        f"FROM near JOIN ({query}) theirs ON theirs.zone = neighbour GROUP BY ALL"
    )


def _level(name: str) -> str:
    return f"""
        SELECT zone, level * (SELECT avg(profile) FROM profile_{name}) AS value
        FROM level_{name}"""


def _day(value: str) -> str:
    return f"SELECT hour, {value} AS value FROM wanted"


def _school(zones: str) -> str:
    return _day(f"""(SELECT count(*) FROM school_holiday
        WHERE school_zone IN ({zones}) AND first <= day AND day < term)""")


def _expected_weather(kind: str) -> str:
    return f"""
        WITH usual AS (
            SELECT hour % 24 AS clock, avg(value) AS value FROM weather, asked
            WHERE kind = '{kind}' AND week >= first AND week < origin
                AND (week >= origin - 4 OR week BETWEEN target - 54 AND target - 50)
            GROUP BY ALL)
        SELECT hour.hour, coalesce(forecast.value, usual.value) AS value
        FROM hour JOIN usual ON clock = hour.hour % 24
        LEFT JOIN (SELECT weather.* FROM weather, asked
            WHERE kind = '{kind}' AND week = target) forecast USING (hour)"""


def _anomaly(kind: str) -> str:
    return f"""
        SELECT avg(value) FILTER (WHERE week >= origin - 4)
            - avg(value) FILTER (WHERE week >= origin - 52) AS value
        FROM weather, asked WHERE kind = '{kind}' AND week >= first AND week < origin"""


def _announced(kind: str) -> str:
    return f"""
        SELECT zone, hour, coalesce(value, 0) AS value FROM zone CROSS JOIN hour
        LEFT JOIN (SELECT happening.* FROM happening, asked
            WHERE kind = '{kind}' AND week = target) USING (zone, hour)"""


def _recently(kind: str) -> str:
    return f"""
        SELECT zone, hour, coalesce(weeks, 0) / 4.0 AS value FROM zone CROSS JOIN hour
        LEFT JOIN (SELECT zone, hour, count(*) AS weeks FROM happening, asked
            WHERE kind = '{kind}' AND week >= origin - 4 AND week < origin GROUP BY ALL)
            USING (zone, hour)"""


def _tickets(half_life: int) -> str:
    """Tickets per hour: decayed sums over the decayed number of weeks with any ticket."""
    return f"""
        WITH ticket AS (
            SELECT zone, since // 168 AS week, since % 168 AS hour, value,
                0.5 ** ((origin - 1 - since // 168) / {half_life}.0) AS weight
            FROM known_context, asked WHERE kind = 'payments'),
        weeks AS (SELECT sum(weight) AS weeks FROM (SELECT DISTINCT week, weight FROM ticket))
        SELECT zone, hour, coalesce(total, 0) / weeks AS value
        FROM (SELECT DISTINCT zone FROM ticket) CROSS JOIN hour CROSS JOIN weeks
        LEFT JOIN (SELECT zone, hour, sum(value * weight) AS total FROM ticket GROUP BY ALL)
            USING (zone, hour)"""


def _filled(half_life: int) -> str:
    """Decayed sums of occupancy by zone and hour: of it, of weights, and of weights when full."""
    return f"""
        SELECT zone, hour, sum(occupancy * weight) AS total, sum(weight) AS weight,
            sum(weight) FILTER (WHERE occupancy > 0.85) AS crowded
        FROM (SELECT *, 0.5 ** ((origin - 1 - week) / {half_life}.0) AS weight
            FROM filled, asked WHERE week < origin)
        GROUP BY zone, hour"""


_OCCUPANCY = f"""
    WITH cell AS ({_filled(13)}),
    town AS (SELECT hour, sum(total) / sum(weight) AS mean FROM cell GROUP BY hour),
    level AS (
        SELECT zone, sum(total) / sum(weight * mean) AS level FROM cell JOIN town USING (hour)
        GROUP BY zone),
    usual AS (
        SELECT zone, hour, (coalesce(total, 0) + least(level * mean, 1))
            / (coalesce(weight, 0) + 1) AS value
        FROM level CROSS JOIN town LEFT JOIN cell USING (zone, hour))
    """
_SHOPS = "SELECT zone, value FROM known_context WHERE kind = 'commerce'"
_MIX = """
    WITH town AS (
        SELECT category, count(*) / (SELECT count(*) FROM known_fine) AS town,
            row_number() OVER (ORDER BY count(*) DESC, category) AS rank
        FROM known_fine GROUP BY category),
    share AS (
        SELECT zone, rank, (count(known_fine.zone) + 10 * any_value(town))
            / ((SELECT count(*) FROM known_fine f WHERE f.zone = zone.zone) + 10) AS share
        FROM zone CROSS JOIN town LEFT JOIN known_fine USING (zone, category)
        GROUP BY zone, rank)
    """
_UNKNOWN = "SELECT NULL::DOUBLE AS value"  # the small town has no such export

_PER_EVENT = """
    SELECT zone, (coalesce(fines, 0) + 20 * greatest(town, 1)) / (coalesce(events, 0) + 20) AS value
    FROM zone LEFT JOIN (
        SELECT zone, sum(fines) AS fines, sum(events) AS events FROM event GROUP BY zone)
        USING (zone), (SELECT sum(fines) / greatest(sum(events), 1) AS town FROM event)
"""

ORACLES: dict[str, str] = {
    **{
        f"eb_rate_{name}_s{strength}": _eb(name, strength)
        for name in HALF_LIVES
        for strength in ("0.5", "2", "8")
    },
    **{f"eb_rate_{name}_light": _eb(name, _LIGHT) for name in HALF_LIVES},
    **{f"zone_rate_{name}": _level(name) for name in HALF_LIVES},
    **{f"rate_lag_{weeks}": _lag(weeks) for weeks in (1, 2, 3, 4)},
    "cell_mean": """
        SELECT zone, hour, CASE WHEN hours > 0 THEN events / hours
            ELSE (SELECT sum(events) / sum(hours) FROM sums_all) END AS value FROM sums_all""",
    "town_rate": "SELECT (sum(events) + 0.5) / (sum(hours) + 1) AS value FROM sums_all",
    "hour_rate": "SELECT hour, profile AS value FROM profile_52w",
    "zone_hour_of_day_rate": _pooled("c.hour % 24 = o.hour % 24"),
    "zone_weekday_rate": _pooled("c.hour // 24 = o.hour // 24"),
    "zone_workday_hour_rate": _pooled(
        "c.hour % 24 = o.hour % 24 AND (c.hour // 24 < 5) = (o.hour // 24 < 5)"
    ),
    "neighbouring_hours_rate": _pooled("(c.hour - o.hour + 169) % 168 <= 2"),
    "zone_hour_of_day_rate_4w": _pooled("c.hour % 24 = o.hour % 24", "4w"),
    "nth_pair_rate": _alike(_SAME_PAIR),
    "nth_weekday_rate": _alike("weekly.nth = wanted.nth", _alike(_SAME_PAIR)),
    "day_pair_rate": _by_day(_SAME_PAIR, "all"),
    "day_last_week": _by_day(_LAST_WEEK, "13w"),
    "zone_last_week": f"""
        SELECT zone, (sum(e) + 2) / (sum(x) + 2) AS value
        FROM ({_found_and_due(_LAST_WEEK, "13w")}) GROUP BY zone""",
    "fines_per_event": _PER_EVENT,
    "fines_rate_13w": f"""
        WITH found AS (
            SELECT zone, hour, sum(fines * 0.5 ** (age / 13.0)) AS fines
            FROM event JOIN weekly USING (week, hour) GROUP BY ALL),
        cell AS (
            SELECT zone, hour, coalesce(fines, 0) AS fines, hours, prior * value AS prior
            FROM cell_13w JOIN ({_PER_EVENT}) USING (zone) LEFT JOIN found USING (zone, hour))
        SELECT zone, hour,
            prior * (fines + {_LIGHT}) / (hours * prior + {_LIGHT}) AS value FROM cell""",
    "hour_peak": f"""
        SELECT zone, hour, value / max(value) OVER (PARTITION BY zone) AS value
        FROM ({_eb("all", _LIGHT)})""",
    "hour_entropy": f"""
        WITH share AS (
            SELECT zone, value / sum(value) OVER (PARTITION BY zone) AS share
            FROM ({_eb("all", _LIGHT)}))
        SELECT zone, -sum(share * ln(share)) AS value FROM share GROUP BY zone""",
    "week_parity_rate": _alike("week % 2 = target % 2"),
    "zone_trend": """
        SELECT zone, a.level / b.level AS value FROM level_4w a JOIN level_52w b USING (zone)""",
    "relative_effort": """
        SELECT zone, hour, hours / avg(hours) OVER () AS value FROM sums_52w""",
    "zone_relative_effort": """
        SELECT zone, sum(hours) / avg(sum(hours)) OVER () AS value FROM sums_52w GROUP BY zone""",
    "cell_hours": "SELECT zone, hour, hours AS value FROM sums_52w",
    "zone_hours": "SELECT zone, sum(hours) AS value FROM sums_52w GROUP BY zone",
    "hour_of_day": _day("hour % 24"),
    "weekday": _day("isodow(day) - 1"),
    "month": _day("month(day)"),
    "nth_weekday": _day("nth + 1"),
    "public_holiday": _day("day IN (FROM public_holiday)"),
    "beside_public_holiday": _day(
        "(day - 1 IN (FROM public_holiday)) OR (day + 1 IN (FROM public_holiday))"
    ),
    "school_holiday": _school("'B'"),
    "school_zones_on_holiday": _school("'A', 'B', 'C'"),
    "spaces": "SELECT zone, spaces AS value FROM zone",
    "max_stay_minutes": _UNKNOWN,
    "longitude": "SELECT zone, lon AS value FROM place",
    "latitude": "SELECT zone, lat AS value FROM place",
    "rain_expected": _expected_weather("rain"),
    "temperature_expected": _expected_weather("temperature"),
    "rain_anomaly": _anomaly("rain"),
    "temperature_anomaly": _anomaly("temperature"),
    **{f"{kind}_announced": _announced(kind) for kind in ("roadworks", "market", "event")},
    **{f"{kind}_nearby": _near(_announced(kind)) for kind in ("roadworks", "market", "event")},
    **{f"{kind}_recent": _recently(kind) for kind in ("roadworks", "market", "event")},
    "payments_rate": _tickets(13),
    "payments_per_space": f"""
        SELECT zone, hour, value / spaces AS value FROM ({_tickets(13)}) JOIN zone USING (zone)""",
    "payments_trend": f"""
        SELECT zone, sum(a.value) / sum(b.value) AS value
        FROM ({_tickets(4)}) a JOIN ({_tickets(13)}) b USING (zone, hour) GROUP BY zone""",
    "occupancy_rate": _OCCUPANCY + "SELECT zone, hour, value FROM usual",
    "occupancy_trend": _OCCUPANCY
    + f"""
        SELECT zone, sum(total) / sum(weight * value) AS value
        FROM ({_filled(4)}) JOIN usual USING (zone, hour) GROUP BY zone""",
    "occupancy_full": f"""
        SELECT zone, hour, coalesce(crowded, 0) / weight AS value FROM ({_filled(13)})""",
    "occupancy_vehicles": _OCCUPANCY
    + "SELECT zone, hour, value * spaces AS value FROM usual JOIN zone USING (zone)",
    "footfall_rate": _UNKNOWN,
    "footfall_trend": _UNKNOWN,
    "commerce": _SHOPS,
    "commerce_nearby": _near(_SHOPS),
    "neighbours_rate": _near(_level("52w")),
    "neighbours_recent_rate": _near(_level("4w")),
    "neighbours_hour_rate": _near(_eb("52w", "2")),
    "metres_to_centre": """
        WITH weighed AS (
            SELECT zone, any_value(lon) AS lon, any_value(lat) AS lat, sum(fines) AS fines
            FROM place JOIN event USING (zone) GROUP BY zone),
        middle AS (
            SELECT sum(lon * fines) / sum(fines) AS x, sum(lat * fines) / sum(fines) AS y
            FROM weighed)
        SELECT zone, 6371008.8 * radians(sqrt(((lon - x)
            * cos(radians((SELECT median(lat) FROM place)))) ** 2 + (lat - y) ** 2)) AS value
        FROM place, middle""",
    **{
        f"category_share_{rank}": _MIX
        + f"SELECT zone, share AS value FROM share WHERE rank = {rank}"
        for rank in (1, 2, 3)
    },
    "category_mix": _MIX + "SELECT zone, -sum(share * ln(share)) AS value FROM share GROUP BY zone",
    "weeks_since_event": """
        SELECT zone, hour, origin - max(week) AS value FROM event, asked GROUP BY zone, hour, origin
        """,
    "zone_weeks_since_event": """
        SELECT zone, origin - max(week) AS value FROM event, asked GROUP BY zone, origin""",
}
