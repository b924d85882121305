"""Public files: videos and uploads."""

import pytest

from bot.sandbox.segmind import SegmindSandbox
from tests.sandbox.segmind.conftest import KEY, STUB, Answer, Client, png


async def video_url(client: Client, segmind: SegmindSandbox) -> str:
    """Make a video of the stub's bytes and tell its address."""
    segmind.plan(video=STUB, queue_seconds=0, processing_seconds=0)
    request_id = (await client.submit()).body["request_id"]
    assert segmind.generations[-1].film is not None
    await segmind.generations[-1].film
    return str((await client.result(request_id)).body["output"])


async def test_a_video_is_public_and_can_be_had_in_parts(
    client: Client, segmind: SegmindSandbox
) -> None:
    """A video needs no key, tells its length and serves ranges."""
    url = await video_url(client, segmind)
    whole = await client.call("GET", url, key=None)
    part = await client.call("GET", url, key=None, headers={"Range": "bytes=7-10"})
    beyond = await client.call("GET", url, key=None, headers={"Range": "bytes=999-"})
    assert (whole.status, whole.body) == (200, STUB)
    assert whole.headers["Content-Length"] == str(len(STUB))
    assert whole.headers["Content-Type"] == "video/mp4"
    assert (part.status, part.body) == (206, STUB[7:11])
    assert beyond.status == 416
    assert segmind.generations[0].downloads == 3


async def test_notes_a_key_that_leaks_to_public_files(
    client: Client, segmind: SegmindSandbox
) -> None:
    """Public files are served to a request with a key too, but it is noted."""
    url = await video_url(client, segmind)
    assert (await client.call("GET", url, key=None)).status == 200
    assert segmind.leaks == []
    assert (await client.call("GET", url, key=KEY)).status == 200
    assert [leak.path for leak in segmind.leaks] == [url.removeprefix(segmind.base_url)]


async def test_a_video_is_not_there_before_it_is_done(
    client: Client, segmind: SegmindSandbox
) -> None:
    """Neither a guessed name nor one of a generation at work has a file."""
    segmind.plan(video=STUB, hold=True)
    await client.submit()
    names = ("nothing.mp4", segmind.generations[0].media_name)
    assert [(await client.call("GET", f"/media/{name}")).status for name in names] == [404, 404]


async def test_serves_what_was_uploaded(client: Client) -> None:
    """An upload comes back byte for byte, without a key."""
    content = png(3, 5)
    answer = await client.call("GET", await client.upload(content), key=None)
    assert (answer.status, answer.body) == (200, content)
    assert (await client.call("GET", "/assets/nothing.png")).status == 404


@pytest.mark.parametrize(
    "data_urls",
    [
        None,
        [],
        "data:image/png;base64,AAAA",
        [7],
        ["https://example.com/fox.png"],
        ["data:image/png,AAAA"],
        ["data:image/png;base64,AAA"],
        ["data:image/png;base64,AAAA*"],
        ["data:image/png;base64,"],
        ["data:text/html;base64,AAAA"],
    ],
)
async def test_refuses_what_is_no_data_url(client: Client, data_urls: object) -> None:
    """Anything but a list of base64 data URLs of media is 400."""
    answer = await client.call("POST", "/upload-asset", json={"data_urls": data_urls})
    assert (answer.status, list(answer.body)) == (400, ["error"])


async def test_an_upload_wants_a_key(client: Client) -> None:
    """Uploads are not for everybody."""
    answer = await client.call("POST", "/upload-asset", key=None, json={"data_urls": []})
    assert answer.status == 401


async def _end_with_image(client: Client, segmind: SegmindSandbox, url: str) -> Answer:
    segmind.plan(video=STUB, queue_seconds=0, processing_seconds=0)
    request_id = (await client.submit(input_reference=url)).body["request_id"]
    if (film := segmind.generations[-1].film) is not None:
        await film
    return await client.status(request_id)


async def test_takes_an_image_of_the_size_asked_for(
    client: Client, segmind: SegmindSandbox
) -> None:
    """An image fits only where its pixels are those of the video."""
    fits = await _end_with_image(client, segmind, await client.upload(png(720, 1280)))
    wrong = await _end_with_image(client, segmind, await client.upload(png(1280, 720)))
    assert fits.body["status"] == "COMPLETED"
    assert wrong.body["status"] == "FAILED"
    assert "1280x720" in wrong.body["error"]


async def test_fails_on_a_file_that_is_no_image(client: Client, segmind: SegmindSandbox) -> None:
    """A file that no one can read as an image fails the generation."""
    ended = await _end_with_image(client, segmind, await client.upload(b"no image"))
    assert "not an image" in ended.body["error"]


async def test_fetches_nothing_from_elsewhere(client: Client, segmind: SegmindSandbox) -> None:
    """An image of another origin, or one that is not there, can't be fetched."""
    for url in ("https://example.com/fox.png", f"{segmind.base_url}/assets/nothing.png"):
        assert "fetched" in (await _end_with_image(client, segmind, url)).body["error"]
