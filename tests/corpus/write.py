"""`python -m tests.corpus.write DIR`: the pages of the corpus with their gold values as files, to look at.

With `--manifest` the digests of the generated pages are written to `manifest.json` instead, which a change of the
generator makes necessary. With `--known` what the parser gets wrong today is written to `known_failures.json`: a
failure that is new there has no reason yet, and the suite fails until a person has looked at it and given one.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.corpus import pages
from tests.corpus.evaluate import failures_of


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--manifest", action="store_true", help="write the digests of the generated pages")
    parser.add_argument("--known", action="store_true", help="write what the parser gets wrong today")
    arguments = parser.parse_args()
    if arguments.known:
        write_known()
    elif arguments.manifest:
        rows = [f"{json.dumps(page.name)}: {json.dumps(pages.digest(page))}" for page in pages.generated()]
        pages.MANIFEST.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    elif arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        for page in pages.corpus():
            suffix = "txt" if page.content_type == "text/plain" else "html"
            (arguments.folder / f"{page.name}.{suffix}").write_bytes(page.body)
            (arguments.folder / f"{page.name}.json").write_text(page.gold.to_json(), "utf-8")
    else:
        parser.error("name a folder")


def write_known() -> None:
    """The failures of today; those known before keep their reasons, others get that of a tag of theirs, or none."""
    known = json.loads(pages.KNOWN.read_text("utf-8"))
    reasons, before = known["reasons"], known["pages"]
    rows = []
    for page in pages.corpus():
        failures = failures_of(page)
        if failures:
            tags = {tag.rpartition(":")[2] for tag in page.gold.tags}
            reason = before[page.name][0] if page.name in before else next((key for key in reasons if key in tags), "")
            rows.append(f"  {json.dumps(page.name)}: {json.dumps([reason, failures])}")
    used = {json.loads(row.partition(": ")[2])[0] for row in rows}
    reasons = {key: text for key, text in reasons.items() if key in used}
    told = ",\n".join(f"  {json.dumps(key)}: {json.dumps(text, ensure_ascii=False)}" for key, text in reasons.items())
    joined = ",\n".join(rows)
    pages.KNOWN.write_text(f'{{\n "reasons": {{\n{told}\n }},\n "pages": {{\n{joined}\n }}\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
