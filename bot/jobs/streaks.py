"""What a provider has answered again and again, in a row: how often, and since when. Pure."""

from dataclasses import dataclass


@dataclass
class Streak:
    """Answers of one kind in a row."""

    since: float
    """Monotonic seconds."""
    looks: int = 0

    def lasts(self, looks: int, seconds: float, now: float) -> bool:
        """Tell whether there were so many, over so many seconds."""
        return self.looks >= looks and now - self.since >= seconds


class Streaks(dict[int, Streak]):
    """The streaks of answers of one kind, by job."""

    def add(self, job_id: int, now: float) -> Streak:
        """Count one more answer of the kind; give the job's streak."""
        streak = self.setdefault(job_id, Streak(since=now))
        streak.looks += 1
        return streak
