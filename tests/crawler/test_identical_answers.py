"""A portal that answers every question in full: what it says again is archived as a revisit, and nothing is lost by it."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive.members import Record, read_exchanges
from archive.revisits import IDENTICAL
from archive.warc_reader import read_exchange
from tests.crawler.program import in_order_of_writing, records, scrapy
from tests.crawler.small_portal import ALL_DUE, START, Portal, article, page
from tests.portals.pages import seed_answer


def answers(portal: Portal) -> dict[str, Record]:
    """What the last run archived, by URL, robots.txt left out, and the file of a page, which is missing."""
    warc = in_order_of_writing((portal.data_dir / "warc").iterdir())[-1]
    found = {one.reference(warc.name).url: one.answer for one in read_exchanges(warc) if one.answer is not None}
    return {url: answer for url, answer in found.items() if not url.endswith(("/robots.txt", ".pdf"))}


def test_what_is_said_again_is_a_revisit_of_the_first_answer(portal: Portal) -> None:
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    first = answers(portal)
    assert {answer.kind for answer in first.values()} == {"response"}
    for _ in range(2):
        assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
        again = answers(portal)
        assert again.keys() == first.keys()
        for url, answer in again.items():
            assert answer.fields["warc-profile"] == IDENTICAL
            assert answer.fields["warc-refers-to"] == first[url].fields["warc-record-id"]
    assert len(records(portal.data_dir)) == 3
    checked = scrapy("verify", DATA_DIR=portal.data_dir)
    assert checked.returncode == 0, checked.stdout


def test_what_changed_is_archived_in_full_and_referred_to_from_then_on(portal: Portal) -> None:
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    portal.server.put(article(1), page(seed_answer("002").body))
    kinds = []
    for _ in range(2):
        assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
        changed = answers(portal)[article(1)]
        kinds.append(changed.kind)
    assert kinds == ["response", "revisit"]
    warc = in_order_of_writing((portal.data_dir / "warc").iterdir())[-1]
    assert read_exchange(warc, changed.offset).body == seed_answer("002").body


def test_a_rebuild_reads_the_listing_that_was_said_again(portal: Portal, tmp_path: Path) -> None:
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    assert answers(portal)[START].kind == "revisit"
    rebuilt = tmp_path / "rebuilt"
    shutil.copytree(portal.data_dir / "warc", rebuilt / "warc")
    done = scrapy("rebuild", DATA_DIR=rebuilt, PORTALS=portal.registry)
    assert done.returncode == 0, done.stderr
    assert records(rebuilt) == records(portal.data_dir)
    # and the next crawl refers to the originals as before
    portal.data_dir = rebuilt
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    assert {answer.fields.get("warc-profile") for answer in answers(portal).values()} == {IDENTICAL}
