"""The journal of what was written into albums, from which it is taken back, and the runs that wrote it."""

from landmark.tagging.journal.entry import Entry
from landmark.tagging.journal.journal import JOURNAL_FILE, Journal
from landmark.tagging.journal.runs import Run, RunCounts

__all__ = ["JOURNAL_FILE", "Entry", "Journal", "Run", "RunCounts"]
