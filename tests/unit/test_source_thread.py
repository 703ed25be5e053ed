"""One attempt of a camera source in a thread: news in order, one end, silence after stop."""

import pytest
from twisted.internet.defer import Deferred

from ssplug.source_thread import SourceThread
from ssplug.testing import InlineWorkers, RecordingSink, a_real_context, a_video_track, an_access_unit, in_reactor


def test_news_arrives_in_order_and_ends_with_the_reason():
    """What the function says reaches the sink; what it returns is why the attempt is over."""

    def run(stopping, sink):
        sink.online((a_video_track(),))
        sink.access_unit(an_access_unit())
        return "the camera hung up"

    workers, sink = InlineWorkers(), RecordingSink()
    SourceThread(workers, "camera", sink, run)
    workers.threads[0].run()
    assert sink.told == ["online", "access_unit", "offline"]
    assert sink.reasons == ["the camera hung up"]


def test_a_function_that_fails_takes_the_camera_offline():
    """The kind of error is told, its text is not: it may hold a password."""

    def run(stopping, sink):
        raise LookupError("rtsp://admin:secret@camera")

    workers, sink = InlineWorkers(), RecordingSink()
    SourceThread(workers, "camera", sink, run)
    with pytest.raises(LookupError):
        workers.threads[0].run()
    assert sink.reasons == ["the driver failed: LookupError"]


def test_nothing_is_told_after_stop():
    """Whatever the function says on its way out is not heard."""

    def run(stopping, sink):
        assert stopping.is_set()
        sink.access_unit(an_access_unit())
        return "stopped"

    workers, sink = InlineWorkers(), RecordingSink()
    attempt = SourceThread(workers, "camera", sink, run)
    attempt.stop()
    workers.threads[0].run()
    assert sink.told == []


@in_reactor
async def test_a_function_that_waits_for_the_reactor_can_be_stopped(tmp_path):
    """A thread that is faster than the reactor waits with a full inbox, and still ends at stop."""
    full = Deferred()

    def run(stopping, sink):
        context.reactor.callFromThread(full.callback, None)
        while not stopping.is_set():
            sink.access_unit(an_access_unit())
        return "stopped"

    context = a_real_context(tmp_path)
    sink = RecordingSink()
    attempt = SourceThread(context.workers, "camera", sink, run)
    await full
    await attempt.stop()
    assert sink.reasons == []
