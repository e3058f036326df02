import datetime as dt

from infraction_model.io.publications import Publication
from infraction_model.pipelines.weekly.past_weeks import PATIENCE, to_judge
from infraction_model.timegrid import monday
from made_judged import FIRST, judged, not_judged


def _over(count: int) -> list[Publication]:
    return [Publication(monday(FIRST + number), 1) for number in range(count)]


def _targets(publications: list[Publication]) -> list[dt.date]:
    return [one.target for one in publications]


def test_the_newest_weeks_are_judged_again_and_older_ones_only_while_records_are_to_come():
    known = [judged(0), not_judged(1, "not_mature"), not_judged(2, "no_patrol"), judged(3)]
    assert _targets(to_judge(_over(6), known, 2)) == [monday(FIRST + n) for n in (1, 4, 5)]
    assert _targets(to_judge(_over(6), [], 9)) == [monday(FIRST + n) for n in range(6)]
    assert to_judge([], known, 2) == []


def test_records_that_never_come_are_not_waited_for():
    known = [not_judged(number, "not_in") for number in range(60)]
    assert len(to_judge(_over(60), known, 2)) == PATIENCE
