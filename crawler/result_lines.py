"""The results of a capture on standard output: a line for each address given, in that order, each as soon as it is final.

Must not know how addresses are asked for.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from crawler.capturing import Captured
from crawler.progress_line import ProgressLine


class ResultLines:
    """Prints the results for ``given``, where ``sent`` has the form in which each address is asked for.

    ``progress`` is cleared before a line is written. A line is written whole and flushed. Where nobody reads any more the
    rest is not printed; ``failure`` is what else keeps lines from being written, if anything does.
    """

    def __init__(self, given: Sequence[str], sent: Mapping[str, str], progress: ProgressLine, *, as_json: bool):
        self._given = given
        self._sent = sent
        self._progress = progress
        self._as_json = as_json
        self._next = 0
        self._left = Counter(sent[url] for url in given)
        self._kept: dict[str, Captured] = {}  # of addresses that were given more than once
        self.failure: OSError | None = None

    def tell(self, done: int, share: float, find: Callable[[str], Captured | None]) -> None:
        """Something ended: print what can be printed, and how far the capture is."""
        self.advance(find)
        self._progress.tell(done, share)

    def advance(self, find: Callable[[str], Captured | None]) -> None:
        """Print what follows, up to the first address that ``find`` (by its sent form) has no final result of."""
        while self._next < len(self._given):
            result = self._find(self._given[self._next], find)
            if result is None:
                return
            self._print(self._given[self._next], result)
            self._next += 1
        self._progress.clear()

    def print_known(self, find: Callable[[str], Captured | None]) -> None:
        """Print all that follows and that there is a final result of: no more will come."""
        while self._next < len(self._given):
            result = self._find(self._given[self._next], find)
            if result is not None:
                self._print(self._given[self._next], result)
            self._next += 1
        self._progress.clear()

    def _find(self, given: str, find: Callable[[str], Captured | None]) -> Captured | None:
        url = self._sent[given]
        result = self._kept.pop(url, None) or find(url)
        if result is not None:
            self._left[url] -= 1
            if self._left[url]:
                self._kept[url] = result
        return result

    def _print(self, given: str, result: Captured) -> None:
        if sys.stdout is None:
            return
        line = json.dumps(result.as_json(given), ensure_ascii=False) if self._as_json else result.as_line(given)
        self._progress.clear()
        try:
            print(line, flush=True)
        except OSError as error:
            if not isinstance(error, BrokenPipeError):  # that is nobody reading (`… | head`)
                self.failure = error
            sys.stdout = None  # or Python would try once more when it ends
