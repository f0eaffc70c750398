"""The pages of the corpus: generated, made by hand, and the five seeds; each with its gold values.

Generated pages are rendered when asked for, the same every time: `manifest.json` holds their digests, so that a
change of the generator cannot go unseen. Knows no reader.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.corpus import generator
from tests.corpus.generator import Page
from tests.corpus.gold import Expected, Gold
from tests.corpus.reading import of_record

HERE = Path(__file__).parent
HANDMADE = HERE / "handmade"
SEEDS = HERE.parent / "fixtures" / "seeds"
MANIFEST = HERE / "manifest.json"
KNOWN = HERE / "known_failures.json"
CORPUS_SEED = 2024
CORPUS_SIZE = 500


def generated(seed: int = CORPUS_SEED, size: int = CORPUS_SIZE) -> Iterator[Page]:
    for number in range(size):
        yield generator.render(seed, number)


def handmade() -> Iterator[Page]:
    """Pages written by hand: `NAME.html`, gold values in `NAME.json`."""
    for path in sorted(HANDMADE.glob("*.json")):
        page = json.loads(path.read_text("utf-8"))
        url, content_type = page.pop("url", ""), page.pop("content_type", "")
        body = path.with_suffix(".html").read_bytes()
        yield Page(f"handmade-{path.stem}", body, url, content_type, Gold.from_json(json.dumps(page)))


def seeds() -> Iterator[Page]:
    """The texts of the five real reports; their gold values are their hand-typed records."""
    for path in sorted(SEEDS.glob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        yield Page(f"seed-{path.stem[:3]}", path.with_suffix(".txt").read_bytes(), "", "text/plain", _of_seed(record))


def corpus() -> Iterator[Page]:
    yield from generated()
    yield from handmade()
    yield from seeds()


def digest(page: Page) -> list[str]:
    """Digests of a page's bytes and of its gold values, short enough to keep hundreds of them."""
    gold = json.dumps(asdict(page.gold), sort_keys=True, ensure_ascii=False)
    context = f"{page.url}\n{page.content_type}\n".encode()
    return [hashlib.sha256(part).hexdigest()[:16] for part in (context + page.body, gold.encode())]


def _of_seed(record: dict[str, Any]) -> Gold:
    """The gold values that a hand-typed record states; a null there means that nothing is claimed."""
    told = of_record(record)
    assert told.identity is not None
    assert told.sections is not None
    assert told.tables is not None
    return Gold(
        tags=["seed"],
        era=[record["format_era"]],
        identity={name: [value] for name, value in told.identity.items() if value is not None},
        sections={name: [presence] for name, presence in told.sections.items()},
        tables={name: [presence] for name, presence in told.tables.items() if presence != "present"},
        yuan={row: amount for row, amount in (told.yuan or {}).items() if amount is not None},
        cells={address: Expected(state, value) for address, (state, value) in told.cells.items()},
    )
