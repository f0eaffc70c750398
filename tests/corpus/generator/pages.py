"""From a seed and a number to a page: what to draw, which irregularities, the bytes and the gold values.

The first pages go through every irregularity in turn, so that a corpus of a few hundred holds each a few times;
the rest combine them at random. Knows nothing of any reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.corpus.generator import annexes, identity, negatives, prose
from tests.corpus.generator.assembly import assemble
from tests.corpus.generator.carrier_deviations import CARRIER_DEVIATIONS
from tests.corpus.generator.cell_deviations import CELL_DEVIATIONS
from tests.corpus.generator.column_deviations import COLUMN_DEVIATIONS
from tests.corpus.generator.draft import Draft, begin
from tests.corpus.generator.form_deviations import FORM_DEVIATIONS
from tests.corpus.generator.frames import FRAMES
from tests.corpus.generator.markup import STYLES
from tests.corpus.generator.number_deviations import NUMBER_DEVIATIONS
from tests.corpus.generator.page_deviations import CARD_DEVIATIONS, LABELLED_FRAMES, PAGE_DEVIATIONS
from tests.corpus.generator.table_deviations import TABLE_DEVIATIONS
from tests.corpus.gold import Gold

Deviation = Callable[[Draft], None]
FORMS = ("2021", "2021", "2021", "2019", "2019", "mixed_block", "mixed_row")
YEARS = {"2021": (2021, 2024), "2019": (2019, 2020), "mixed_block": (2020, 2023), "mixed_row": (2021, 2024)}
EACH = 3
# Of a kind a page has no more than one, because they act on the same thing.
_KINDS: tuple[tuple[Deviation, ...], ...] = (
    (*CELL_DEVIATIONS, *NUMBER_DEVIATIONS),
    (*TABLE_DEVIATIONS, *CARRIER_DEVIATIONS, *FORM_DEVIATIONS, *COLUMN_DEVIATIONS),
    PAGE_DEVIATIONS,
)
IRREGULARITIES: tuple[Deviation, ...] = tuple(deviation for kind in _KINDS for deviation in kind)
_ONLY_2019 = {"signed_change", "other_signs"}


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page: what a crawler would have of it, and its gold values."""

    name: str
    body: bytes
    url: str
    content_type: str
    gold: Gold


def render(seed: int, number: int) -> Page:
    """Page `number` of the series `seed`; the same bytes and gold values every time.

    Of twenty pages seventeen are reports in the uniform forms, two have an annex from before, one is no report.
    """
    rng = Random(f"{seed}/{number}")
    name = f"{seed}-{number:04d}"
    twenties, place = divmod(number, 20)
    if place == 19:
        return Page(name, *negatives.render(rng))
    if place >= 17:
        return Page(name, *annexes.render(rng))
    draft = _draft(rng, _deviations(rng, 17 * twenties + place))
    body, gold = assemble(draft)
    return Page(name, body, draft.url, draft.content_type, gold)


def _deviations(rng: Random, number: int) -> list[Deviation]:
    """The one whose turn it is, alone and with one of another kind; past all turns up to three, or none."""
    turn, kind_of_turn = divmod(number, EACH)
    if turn < len(IRREGULARITIES):
        chosen = [IRREGULARITIES[turn]]
        others = 1 if kind_of_turn else 0
    else:
        chosen = []
        others = rng.choice((0, 1, 2, 2, 3, 3))
    kinds = [kind for kind in _KINDS if not any(deviation in kind for deviation in chosen)]
    chosen += [rng.choice(kind) for kind in rng.sample(kinds, min(others, len(kinds)))]
    return [deviation for kind in _KINDS for deviation in kind if deviation in chosen]


def _draft(rng: Random, deviations: list[Deviation]) -> Draft:
    names = [deviation.__name__ for deviation in deviations]
    form = "2019" if _ONLY_2019 & set(names) else rng.choice(FORMS)
    draft = begin(rng, form, identity.draw(rng, YEARS[form]))
    draft.tags = [f"form:{form}", *names]
    draft.markup = rng.choice(STYLES)
    labelled = any(deviation in CARD_DEVIATIONS for deviation in deviations)
    draft.frame = rng.choice(LABELLED_FRAMES if labelled else tuple(FRAMES))
    draft.url = f"http://www.example.gov.cn/zwgk/zfxxgknb/{draft.identity.published:%Y%m}/t{draft.identity.published:%Y%m%d}_{rng.randrange(10**6)}.html"
    received, handled = (
        draft.number("applications.new_received.total"),
        draft.number("applications.total_handled.total"),
    )
    draft.preamble = prose.preamble(rng, draft.identity, form)
    draft.prose = {
        "overview": prose.overview(rng, draft.identity, received, handled),
        "problems_improvements": prose.problems(rng),
        "other_matters": prose.other(rng),
    }
    for deviation in deviations:
        deviation(draft)
    draft.tags += [f"frame:{draft.frame}", f"markup:{draft.markup}"]
    return draft
