"""A job's message is true, and edited no more often than it needs to be."""

import asyncio

from bot.jobs import rows
from bot.jobs.pauses import ALL, Pauses
from bot.jobs.states import State
from tests.integration.notifier.conftest import (
    BY_TOKEN,
    EDIT_SECONDS,
    IN_CHANNEL,
    PATIENCE_SECONDS,
    Desk,
)

A_CELL_SECONDS = 30.0
"""In this time the bar of a job grows at least by a cell."""


async def test_a_change_of_state_is_shown_at_once(desk: Desk) -> None:
    """Each state goes out without waiting, however soon it follows the one before."""
    shown = await desk.show()
    for state in (State.QUEUED, State.PROCESSING):
        await desk.bring_to(shown, state)
        await desk.change(shown)

    assert shown.words == ["QUEUED", "QUEUED", "PROCESSING"]


async def test_many_changes_in_a_row_are_one_edit(desk: Desk) -> None:
    """A hundred calls for the same state cost one request."""
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    for _ in range(100):
        desk.notifier.changed(shown.id)
    await desk.settled()

    assert shown.words == ["QUEUED", "PROCESSING"]
    assert desk.edits() == [200]


async def test_changes_during_an_edit_are_one_more_edit(desk: Desk) -> None:
    """What happens while Discord is slow is shown once, as it is in the end."""
    shown = await desk.show()
    await desk.bring_to(shown, State.QUEUED)
    slow = desk.sandbox.faults.hold("PATCH", BY_TOKEN)
    desk.notifier.changed(shown.id)
    await slow.reached.wait()
    for _ in range(50):
        desk.notifier.changed(shown.id)
    await desk.bring_to(shown, State.PROCESSING)
    for _ in range(50):
        desk.notifier.changed(shown.id)
    slow.release()
    await desk.settled()

    assert shown.words == ["QUEUED", "QUEUED", "PROCESSING"]
    assert desk.edits() == [200, 200]


async def test_a_message_never_goes_back_to_an_older_state(desk: Desk) -> None:
    """Two slow edits cannot overtake one another: there is only ever one under way."""
    shown = await desk.show()
    for state in (State.QUEUED, State.PROCESSING):
        await desk.bring_to(shown, state)
        slow = desk.sandbox.faults.hold("PATCH", BY_TOKEN)
        desk.notifier.changed(shown.id)
        await slow.reached.wait()
        desk.notifier.changed(shown.id)
        assert len(desk.sandbox.find_calls("PATCH", "")) == shown.words.count("QUEUED")
        slow.release()
        await desk.settled()

    assert shown.words == ["QUEUED", "QUEUED", "PROCESSING"]


async def test_nothing_is_sent_when_nothing_has_changed(desk: Desk) -> None:
    """A message that would look the same is left alone, however much time has passed."""
    shown = await desk.show()
    await desk.change(shown)
    for _ in range(3):
        desk.clock.advance(10 * EDIT_SECONDS)
        await desk.change(shown)

    assert desk.edits() == [200]
    assert desk.planned_seconds(shown) is None


async def test_what_the_first_response_shows_is_not_sent_again(desk: Desk) -> None:
    """A job that waits in line is left alone until there is news of it."""
    shown = await desk.show()
    view = await desk.database.read(
        lambda tx: rows.view_job(tx, rows.get_job(tx, shown.id), desk.catalogue)
    )
    desk.notifier.first_shown(view)
    await desk.change(shown)
    assert desk.edits() == []

    await desk.bring_to(shown, State.QUEUED)
    await desk.change(shown)
    assert desk.edits() == [200]


async def test_progress_waits_until_it_is_due(desk: Desk) -> None:
    """The bar moves at most once in edit_seconds, counted from the last edit."""
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)
    desk.clock.advance(A_CELL_SECONDS)
    await desk.change(shown)

    assert desk.edits() == [200]
    planned = desk.planned_seconds(shown)
    assert planned is not None
    assert 0 < planned <= EDIT_SECONDS - A_CELL_SECONDS

    desk.clock.advance(EDIT_SECONDS - A_CELL_SECONDS)
    await desk.change(shown)
    assert desk.edits() == [200, 200]
    assert desk.planned_seconds(shown) is None
    values = [version.embeds[0]["fields"][0]["value"] for version in shown.message.versions[1:]]
    assert values[0].count("▰") < values[1].count("▰")


async def test_progress_that_waited_is_shown_by_itself(desk: Desk) -> None:
    """Nobody has to call again for an edit that was put off."""
    desk.restart(edit_seconds=0.05)
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)
    await desk.database.write(
        rows.update_job, shown.id, submitted_at=desk.clock.now().replace(year=2020)
    )
    await desk.change(shown)
    assert desk.edits() == [200]

    changes = desk.sandbox.subscribe()
    desk.clock.advance(0.05)
    await asyncio.wait_for(changes.get(), PATIENCE_SECONDS)
    assert shown.words == ["QUEUED", "PROCESSING", "PROCESSING"]
    await desk.settled()


async def test_a_change_of_state_does_not_wait_for_progress(desk: Desk) -> None:
    """A planned edit of the bar is dropped when something more important comes."""
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)
    desk.clock.advance(A_CELL_SECONDS)
    await desk.change(shown)
    assert desk.planned_seconds(shown) is not None

    await desk.database.write(rows.move_job, shown.id, State.QUEUED, desk.clock.now())
    await desk.change(shown)
    assert shown.words == ["QUEUED", "PROCESSING", "QUEUED"]
    assert desk.planned_seconds(shown) is None


async def test_what_has_no_message_yet_is_not_shown(desk: Desk) -> None:
    """Before Discord has confirmed the first answer there is nothing to edit."""
    shown = await desk.show(confirmed=False)
    await desk.change(shown)

    assert desk.edits() == []


async def test_a_finished_video_is_left_to_its_delivery(desk: Desk) -> None:
    """COMPLETED is shown together with the video, not before it."""
    shown = await desk.show()
    await desk.bring_to(shown, State.RENDERED)
    await desk.change(shown)

    assert desk.edits() == []


async def test_jobs_do_not_wait_for_one_another(desk: Desk) -> None:
    """While one message's edit hangs, another one is shown."""
    first, second = await desk.show(), await desk.show()
    hanging = desk.sandbox.faults.hold("PATCH", first.use.token)
    for shown in (first, second):
        await desk.bring_to(shown, State.PROCESSING)
    desk.notifier.changed(first.id)
    await hanging.reached.wait()
    changes = desk.sandbox.subscribe()
    desk.notifier.changed(second.id)
    change = await asyncio.wait_for(changes.get(), PATIENCE_SECONDS)

    assert change.message is second.message
    assert (first.words, second.words) == (["QUEUED"], ["QUEUED", "PROCESSING"])
    hanging.release()
    await desk.settled()


# The doors.


async def test_while_the_token_lives_it_is_the_door(desk: Desk) -> None:
    """The token needs no permission in the channel, and no limit of the channel counts."""
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    desk.channel.deny_bot("view_channel")
    await desk.change(shown)

    assert shown.words == ["QUEUED", "PROCESSING"]
    assert (desk.edits(BY_TOKEN), desk.edits(IN_CHANNEL)) == ([200], [])


async def test_after_the_tokens_life_the_channel_is_the_door(desk: Desk) -> None:
    """A token that is known to be dead is not tried: each try counts towards a ban."""
    shown = await desk.show()
    desk.age()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)

    assert shown.words == ["QUEUED", "PROCESSING"]
    assert (desk.edits(BY_TOKEN), desk.edits(IN_CHANNEL)) == ([], [200])


async def test_a_token_that_dies_early_is_tried_once(desk: Desk) -> None:
    """Discord's word counts, not our clock; the next edits, after a restart too, know it."""
    shown = await desk.show()
    shown.use.expire()
    await desk.bring_to(shown, State.QUEUED)
    await desk.change(shown)
    desk.restart()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)

    assert shown.words == ["QUEUED", "QUEUED", "PROCESSING"]
    assert (desk.edits(BY_TOKEN), desk.edits(IN_CHANNEL)) == ([401], [200] * 2)
    assert desk.sandbox.invalid_requests == 1


async def test_a_restart_does_not_show_again_what_is_shown(desk: Desk) -> None:
    """The state that a message shows is written down; only what came after it is shown."""
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)
    desk.restart()
    await desk.change(shown)
    assert desk.edits() == [200]

    desk.clock.advance(EDIT_SECONDS)
    await desk.change(shown)
    assert desk.edits() == [200, 200]


async def test_what_waits_is_shown_after_a_restart_as_it_waits_now(desk: Desk) -> None:
    """Paused, or let go on, from the command line while the bot was stopped: the state is the same.

    What has not changed is not shown again.
    """
    shown = await desk.show()
    pauses = Pauses(desk.database, desk.clock, desk.catalogue)
    await desk.notifier.stop()
    await pauses.pause(ALL, 0, "the moon")
    desk.restart()
    await desk.change(shown)
    assert "has paused all new videos" in shown.message.embeds[0]["fields"][0]["value"]

    await desk.notifier.stop()
    await pauses.resume(ALL, 0)
    desk.restart()
    await desk.change(shown)
    assert "Number 1 in line" in shown.message.embeds[0]["fields"][0]["value"]
    await desk.change(shown)
    assert desk.edits() == [200, 200]


async def test_a_state_that_could_not_be_shown_is_shown_when_it_can(desk: Desk) -> None:
    """After a failed edit the same state is tried again, no sooner than progress would be."""
    shown = await desk.show()
    await desk.bring_to(shown, State.QUEUED)
    desk.sandbox.faults.answer("PATCH", BY_TOKEN, 400, {"code": 0, "message": "no"})
    await desk.change(shown)
    assert shown.words == ["QUEUED"]

    desk.clock.advance(EDIT_SECONDS)
    await desk.change(shown)
    assert desk.edits() == [400, 200]


async def test_a_mention_in_a_prompt_pings_nobody_by_either_door(desk: Desk) -> None:
    """Edits notify nobody, whatever the door; both say so explicitly."""
    shown = await desk.show()
    await desk.bring_to(shown, State.QUEUED)
    await desk.change(shown)
    desk.age()
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)

    bodies = [call.body for call in desk.sandbox.find_calls("PATCH", "")]
    assert [body["allowed_mentions"]["parse"] for body in bodies] == [[], []]
    assert shown.message.mentioned == []


# Trouble.


async def test_an_edit_that_fails_is_not_repeated_at_once(desk: Desk) -> None:
    """While Discord has a problem the same state is not sent again and again."""
    shown = await desk.show()
    desk.age()
    await desk.bring_to(shown, State.PROCESSING)
    busy = {"message": "busy", "code": 0}
    desk.sandbox.faults.answer("PATCH", IN_CHANNEL, 503, busy, times=None)
    for _ in range(5):
        await desk.change(shown)
    assert desk.edits() == [503]

    desk.sandbox.faults.clear()
    desk.clock.advance(EDIT_SECONDS)
    await desk.change(shown)
    assert shown.words == ["QUEUED", "PROCESSING"]


async def test_a_broken_connection_is_no_end(desk: Desk) -> None:
    """A reset while editing costs that edit; the next state is shown."""
    shown = await desk.show()
    await desk.bring_to(shown, State.QUEUED)
    desk.sandbox.faults.reset("PATCH", BY_TOKEN)
    await desk.change(shown)
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)

    assert shown.words == ["QUEUED", "PROCESSING"]


async def test_progress_is_not_shown_where_the_message_was_deleted(desk: Desk) -> None:
    """Whoever deleted the message does not want it back; the video will come all the same."""
    shown = await desk.show()
    await desk.channel.delete_message(shown.message)
    await desk.bring_to(shown, State.PROCESSING)
    for _ in range(5):
        await desk.change(shown)

    assert desk.edits() == [404]
    assert desk.channel.messages == []


async def test_a_channel_that_is_gone_is_not_asked_again_and_again(desk: Desk) -> None:
    """A deleted channel costs one refused request for each state, and nothing breaks."""
    shown = await desk.show()
    desk.age()
    await desk.guild.delete_channel(desk.channel)
    await desk.bring_to(shown, State.PROCESSING)
    for _ in range(5):
        await desk.change(shown)

    assert desk.edits() == [404]


async def test_a_job_that_does_not_exist_breaks_nothing(desk: Desk) -> None:
    """A change told of a job that the database does not know ends quietly; others go on."""
    shown = await desk.show()
    desk.notifier.changed(999)
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)

    assert shown.words == ["QUEUED", "PROCESSING"]


# The stop.


async def test_a_stop_leaves_nothing_running(desk: Desk) -> None:
    """An edit under way, one that should follow and one that is planned: all are dropped."""
    first, second = await desk.show(), await desk.show()
    for shown in (first, second):
        await desk.bring_to(shown, State.PROCESSING)
    await desk.change(second)
    desk.clock.advance(A_CELL_SECONDS)
    await desk.change(second)
    hanging = desk.sandbox.faults.hold("PATCH", first.use.token)
    desk.notifier.changed(first.id)
    await hanging.reached.wait()
    desk.notifier.changed(first.id)

    await desk.notifier.stop()
    await asyncio.sleep(0)

    assert desk.planned_seconds(second) is None
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("show:")]
    hanging.release()


async def test_after_a_restart_the_job_is_shown_as_it_is(desk: Desk) -> None:
    """Nothing needs to be remembered: the row says what is shown, and where."""
    shown = await desk.show()
    await desk.notifier.stop()
    await desk.bring_to(shown, State.PROCESSING)
    desk.restart()
    await desk.change(shown)

    assert shown.words == ["QUEUED", "PROCESSING"]


async def test_what_is_over_is_not_remembered(desk: Desk) -> None:
    """A job whose end was told leaves nothing in memory."""
    shown = await desk.show()
    await desk.bring_to(shown, State.SUBMITTING)
    await desk.change(shown)
    await desk.end(shown)
    await desk.change(shown)
    notifier = desk.notifier

    assert await desk.told(shown)
    assert not any((notifier._shown, notifier._tells, notifier._timers, notifier._tasks))
    assert shown.id not in notifier._locks
