"""A job may be killed at any instant: what it leaves is used by nobody, or goes on, and it ends as if undisturbed."""

import random
import signal

from faults_kit import Trial, warm

INSTANTS, EVERY_DAY = 20, 1
"""Kills of each job at random instants; every day as many before a change of a file."""


def test_jobs_that_are_killed_end_with_the_same_digests(undisturbed, jobs, broken, thorough, survived):
    before, kills = undisturbed.digests(), 0
    chance = random.Random(0)
    with warm(broken.folder, jobs, packages=broken.packages) as process:
        for command in jobs:
            trial = Trial(process, command, undisturbed.folder, chance)
            for _ in range(INSTANTS if thorough else EVERY_DAY):
                trial.kill_at_random(chance.choice((signal.SIGTERM, signal.SIGKILL)))
            changes = range(1, trial.whole.changes + 1)
            for change in changes if thorough else chance.sample(changes, min(EVERY_DAY, len(changes))):
                trial.kill_before(change)
            trial.end()
            kills += trial.kills
    assert broken.digests() == before
    assert kills >= len(jobs)  # a job may end before its random instant
    survived(kills)
