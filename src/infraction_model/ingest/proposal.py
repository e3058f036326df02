"""A first mapping for a file nobody has mapped: guessed from names and values, to be corrected."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pandas as pd

from infraction_model.ingest.columns import as_text, fold
from infraction_model.ingest.privacy import personal_columns, scrub
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.street_names import split_house_number

_SAMPLE = 5000
_DATES = ("%d/%m/%Y", "%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d", "%d/%m/%y")
_HOURS = ("%H:%M", "%Hh%M", "%H:%M:%S", "%H.%M", "%H%M", "%I:%M %p")
_RECORDED = r"saisi|added|enregistr|record|transmi|entered|created|import|upload"
_ISSUED = r"infraction|contravention|issue|constat|verbal|violation|tatzeit|^date|timestamp"
_NAMES = {
    "street": r"\brue\b|street|location|\bvoie\b|\bplace\b|adresse|address|\blieu\b|strasse|road"
    r"|car park",
    "house_number": r"^n$|^no$|^n°$|numero( de)? (rue|voie)|house|street ?no|hausnummer|num ?voie",
    "longitude": r"^lon|^lng|longitude|^x$|coord.*x",
    "latitude": r"^lat|latitude|^y$|coord.*y",
    "zone_id": r"\bzone.?id|\bsecteur|\btroncon|segment",
    "fine_id": r"\bpv\b|citation|ticket|notice|pcn|\bid\b|reference|numero|number|aktenzeichen",
    "category": r"code|libell|violation|contravention|infraction|offen|motif|description|nature"
    r"|restriction|tatbestand",
}


@dataclass
class Proposal:
    """A mapping file's name and text, and what a person should look at first."""

    name: str
    text: str
    remarks: list[str] = field(default_factory=list)


@dataclass
class _Guess:
    issued: tuple[list[str], list[str]] | None = None
    recorded: tuple[list[str], list[str]] | None = None
    columns: dict[str, str] = field(default_factory=dict)
    category: list[str] = field(default_factory=list)
    agent: str | None = None
    remarks: list[str] = field(default_factory=list)


def propose(export: RawExport, path: str, timezone: str) -> Proposal:
    """Guess the mapping of an export from its column names and a sample of its rows."""
    step = max(1, len(export.frame) // _SAMPLE)
    frame = export.frame.iloc[::step]
    frame = frame.loc[:, ~frame.columns.duplicated()]
    personal = personal_columns(frame, ())
    open_ = {column: as_text(frame[column]) for column in frame if column not in personal}
    guess = _Guess()
    guess.agent = next((c for c, why in personal.items() if why == "officer"), None)
    _guess_times(guess, open_, timezone)
    _guess_places(guess, open_)
    _guess_rest(guess, open_)
    guess.remarks.append(f"The clock is taken to be {timezone}: correct timezone where it is not.")
    name = re.sub(r"[^a-z0-9]+", "_", fold(export.file.split(".")[0])).strip("_") or "town"
    text = _yaml(name, path, export, timezone, guess, personal, open_)
    return Proposal(name, text, guess.remarks)


def _parses(values: pd.Series, form: str) -> float:
    """Share of the non-empty values that a format reads."""
    values = values[values != ""]
    if values.empty:
        return 0.0
    if form == "iso":
        values = values.where(values.str.match(r"\d{4}-\d{2}-\d{2}[ T]\d"))
        read = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
    else:
        read = pd.to_datetime(values, format=form, errors="coerce")
    return float(read.notna().mean())


def _best(values: pd.Series, forms: list[str]) -> str | None:
    shares = {form: _parses(values, form) for form in forms}
    best = max(shares, key=lambda form: shares[form])
    return best if shares[best] >= 0.9 else None


def _guess_times(guess: _Guess, columns: dict[str, pd.Series], timezone: str) -> None:
    dates = list(_DATES)
    if timezone.startswith(("America/", "US/")):
        dates.remove("%m/%d/%Y")
        dates.insert(0, "%m/%d/%Y")
    whole = {column: _best(values, _whole_forms(dates)) for column, values in columns.items()}
    days = {column: _best(values, dates) for column, values in columns.items()}
    hours = {column: _best(values, list(_HOURS)) for column, values in columns.items()}
    whole = {column: form for column, form in whole.items() if form}
    days = {column: form for column, form in days.items() if form and column not in whole}
    hours = {c: form for c, form in hours.items() if form and c not in whole and c not in days}
    timed = _ordered([*whole, *days], _ISSUED, _RECORDED)
    if not timed:
        guess.remarks.append("No column looks like a date: state fines.issued_at yourself.")
        return
    issued = timed[0]
    if issued in whole:
        guess.issued = ([issued], [whole[issued]])
    elif hours:
        hour = next(iter(hours))
        guess.issued = ([issued, hour], [f"{days[issued]} {hours[hour]}"])
    else:
        guess.issued = ([issued], [days[issued]])
        guess.remarks.append(f"'{issued}' has no hour, and no other column looks like one.")
    for column in timed[1:]:
        if re.search(_RECORDED, fold(column)):
            guess.recorded = ([column], [whole.get(column) or days[column]])
            break
    if "%d/%m" in guess.issued[1][0] and _parses(columns[issued], "%m/%d/%Y") >= 0.9:
        guess.remarks.append(f"'{issued}' reads as day/month or month/day: check which it is.")


def _whole_forms(dates: list[str]) -> list[str]:
    return ["iso", *(f"{date} {hour}" for date in dates for hour in _HOURS)]


def _ordered(columns: list[str], liked: str, disliked: str) -> list[str]:
    def rank(column: str) -> tuple[bool, bool]:
        return bool(re.search(disliked, fold(column))), not re.search(liked, fold(column))

    return sorted(columns, key=rank)


def _guess_places(guess: _Guess, columns: dict[str, pd.Series]) -> None:
    for role in ("longitude", "latitude"):
        for column, values in columns.items():
            numeric = values[values != ""].str.fullmatch(r"-?\d+[.,]?\d*").mean() > 0.9
            if re.search(_NAMES[role], fold(column)) and numeric:
                guess.columns.setdefault(role, column)
    for role in ("zone_id", "street", "house_number"):
        for column, values in columns.items():
            if re.search(_NAMES[role], fold(column)) and column not in guess.columns.values():
                letters = values.str.contains(r"[A-Za-z]{3}").mean()
                if (letters > 0.5) == (role == "street") or role == "zone_id":
                    guess.columns.setdefault(role, column)


def _guess_rest(guess: _Guess, columns: dict[str, pd.Series]) -> None:
    taken = {*guess.columns.values(), *(guess.issued or ([], []))[0]}
    taken |= set((guess.recorded or ([], []))[0])
    rest = {column: values for column, values in columns.items() if column not in taken}
    for column, values in rest.items():
        filled = values[values != ""]
        distinct = len(filled) > 0.99 * len(values) and filled.nunique() > 0.95 * len(filled)
        if re.search(_NAMES["fine_id"], fold(column)) and distinct:
            guess.columns.setdefault("fine_id", column)
            continue
        of_a_place = re.search(r"zip|postal|location|lieu|ward|quartier", fold(column))
        described = re.search(_NAMES["category"], fold(column)) and not of_a_place
        if described and filled.nunique() <= 500:
            guess.category.append(column)
    guess.category = guess.category[:2]
    if not guess.category:
        guess.remarks.append("No column looks like the kind of infraction: all get 'unknown'.")
    if "fine_id" not in guess.columns:
        guess.remarks.append("No column looks like an id: every row counts as a fine of its own.")
    for column, values in rest.items():
        used = column in guess.category or column == guess.columns.get("fine_id")
        if not used and 2 <= values.nunique() <= 6:
            guess.remarks.append(f"'{column}' has few values: is it one to filter by?")


def _zones(guess: _Guess, columns: dict[str, pd.Series]) -> list[str]:
    street = guess.columns.get("street")
    located = {"longitude", "latitude"} <= set(guess.columns)
    filled = (columns[guess.columns["latitude"]] != "").mean() if located else 0.0
    if located and (street is None or filled > 0.9):
        return ["kind: cells # H3 cells round the coordinates", "resolution: 9"]
    if street is None:
        guess.remarks.append("No column says where: name one under fines.place.")
        return ["kind: streets", "languages: [fr, en]"]
    values = columns[street][columns[street] != ""]
    if located:
        guess.remarks.append(f"{1 - filled:.0%} of the rows have no coordinates: zones by street.")
    numbered = values.map(lambda value: split_house_number(value)[0] is not None).mean()
    if "house_number" in guess.columns or numbered > 0.5:
        return ["kind: blocks # hundred-blocks of each street", "languages: [fr, en]", "size: 100"]
    return ["kind: streets # each street name is a zone", "languages: [fr, en]"]


def _yaml(name, path, export: RawExport, timezone, guess: _Guess, personal, columns) -> str:
    """The mapping file; what is not said there takes its default."""
    form = export.notes.get("separator")
    lines = [
        f"# Proposed from {export.file}: correct it, and delete what you do not need.",
        "# Columns of the file, with values:",
        *_samples(export, personal, columns),
        f"name: {name} # the town's short name",
        f"title: {_text(name.replace('_', ' ').title())} # the town's name on pages and reports",
        f"timezone: {timezone} # the clock on the town's walls",
        "calendar:",
        "  country: FR # ISO code of the country whose holidays count",
        "exposure: none # recorded, once a patrol log is mapped under patrols",
        "min_fines: 0 # derived zones with fewer fines are not modelled",
        "fines:",
        f"  path: {_text(path)}",
        f"  # read as: {export.notes.get('encoding', export.file.split('.')[-1])}, {form or '-'}",
        "  format: {separator: auto, encoding: auto, decimal: " + _decimal(guess, columns) + "}",
        f"  fine_id: {_list([guess.columns['fine_id']] if 'fine_id' in guess.columns else [])}",
        *_time("issued_at", guess.issued, False),
        *_time("recorded_at", guess.recorded, True),
        "  place:",
        *(f"    {role}: {_text(guess.columns[role])}" for role in sorted(guess.columns)
          if role != "fine_id"),
        f"  category: {_list(guess.category)}",
        "  categories: [] # e.g. [{pattern: 'livraison', category: loading, severity: 2}]",
        f"  agent: {_text(guess.agent) if guess.agent else 'null'} # made a pseudonym",
        "  filters: [] # e.g. [{column: Type, keep: [officer]}]",
        "zones:",
        *(f"  {line}" for line in _zones(guess, columns)),
        "patrols: null",
        "forms: null # path: FOLDER/*, once patrol sheets are filled in (docs/sheet.md)",
        "context: {} # weather, works, markets, tickets: see conf/data/demo.yaml",
        "payments: null # tickets of meters and telephones: see conf/data/demo.yaml",
        "occupancy_events: null # stays in bays with sensors: see conf/data/demo.yaml",
        "counts: {} # vehicles counted in zones: see conf/data/demo.yaml",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _samples(export: RawExport, personal: dict[str, str], columns: dict[str, pd.Series]):
    for column in dict.fromkeys(export.frame.columns):
        if column in personal:
            yield f"#   {_text(column)}: holds persons' data ({personal[column]}), dropped"
            continue
        values = columns[column]
        shown = scrub(values[values != ""].drop_duplicates().head(3), set())
        yield f"#   {_text(column)}: {', '.join(_text(value[:40]) for value in shown)}"


def _time(key: str, guess: tuple[list[str], list[str]] | None, end_of_day: bool) -> list[str]:
    if guess is None:
        return [f"  {key}: null # not found" + (": known at once" if end_of_day else "")]
    return [
        f"  {key}:",
        f"    columns: {_list(guess[0])}",
        f"    formats: {_list(guess[1])}",
        f"    end_of_day: {str(end_of_day).lower()}",
    ]


def _decimal(guess: _Guess, columns: dict[str, pd.Series]) -> str:
    values = columns.get(guess.columns.get("latitude", ""), pd.Series(dtype="str"))
    return '","' if len(values) and values.str.contains(",").any() else '"."'


def _list(names: list[str]) -> str:
    return "[" + ", ".join(_text(name) for name in names) + "]"


def _text(value: str) -> str:
    """A YAML string in double quotes, on one line; a dollar is kept from interpolation."""
    return json.dumps(str(value).replace("${", "$ {"), ensure_ascii=False)
