"""Whatever members send that a browser shows: it is read as the browser reads it."""

import pytest

from bot.errors import PictureFault, PictureRefused
from tests.integration.pictures.conftest import Album
from tests.odd_pictures import ODD_PICTURES, OddPicture, large_note
from tests.pictures import encoded, noise, quartered, quarters_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("odd", ODD_PICTURES, ids=lambda odd: odd.name)
async def test_an_odd_picture_is_taken_as_it_is_meant(album: Album, odd: OddPicture) -> None:
    """Upright, in usual colours, whatever came along."""
    kept = await album.kept(odd.make())

    assert quarters_of(kept) == odd.shown
    assert kept.format == "JPEG"
    assert "icc_profile" not in kept.info


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
async def test_a_jpeg_that_lacks_more_than_its_edge_is_refused(
    album: Album, share: float, progressive: bool
) -> None:
    """Half a picture, or one that is but coarse, makes no video that anybody wants."""
    whole = encoded(noise(300, 300), "JPEG", progressive=progressive)
    share = share if not progressive else share / 2  # its last scan has a good part of its bytes
    album.script.plan(whole[: int(len(whole) * share)])

    with pytest.raises(PictureRefused) as refusal:
        await album.pictures.receive(album.url)
    assert refusal.value.fault is PictureFault.BROKEN


async def test_a_note_is_not_unpacked(album: Album) -> None:
    """Ten of 200 MB cost no more than the picture."""
    png = encoded(quartered(), "PNG")
    notes = large_note(b"zTXt", 200_000_000) * 10
    kept = await album.kept(png[:33] + notes + png[33:])

    assert kept.size == (160, 120)
