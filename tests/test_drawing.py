"""The scene shows what it should, and letters turn, grow and move as they are told."""

import pytest
import torch
import torch.nn.functional as F

from d2lmini import ImageData, set_seed
from d2lmini.data.letters import LETTERS, MEAN, STD, draw_letters, random_letters
from d2lmini.data.scene import draw_scene

# the scene


@pytest.mark.parametrize("height, width", [(8, 12), (9, 13), (64, 96), (128, 192)])
def test_a_scene_is_half_as_wide_again_as_high_and_has_three_channels(height, width):
    scene = draw_scene(height)
    assert scene.shape == (3, height, width)
    assert scene.dtype == torch.uint8


def test_a_scene_is_128_pixels_high_unless_told_and_always_the_same():
    torch.manual_seed(0)
    scene = draw_scene()
    assert torch.equal(scene, draw_scene(128))
    scene += 1  # not the next scene's memory
    torch.manual_seed(1)
    assert torch.equal(scene - 1, draw_scene())


@pytest.mark.parametrize("height", [32, 64, 100])
def test_a_scene_half_as_high_is_the_same_picture_averaged(height):
    small, large = draw_scene(height).float(), draw_scene(2 * height).float()
    difference = (F.avg_pool2d(large, 2) - small).abs()
    assert difference.mean() < 3
    assert difference.max() < 64
    moved = (F.avg_pool2d(large, 2)[:, :, 1:] - small[:, :, :-1]).abs()
    assert moved.mean() > 2 * difference.mean()


# (y, x) of a place, where the height is 1; and its colour, of 255 each
PLACES = {
    "sky": (0.02, 0.75, (92, 156, 241)),
    "haze": (0.83, 0.02, (216, 216, 211)),  # the sky pales towards the ground
    "sun": (0.2, 1.27, (255, 217, 51)),
    "edge of the sun": (0.12, 1.27, (255, 217, 51)),
    "beside the sun": (0.2, 1.15, (120, 168, 235)),
    "hill": (0.6, 0.88, (115, 178, 89)),
    "red wall": (0.6, 0.23, (204, 76, 64)),
    "yellow wall": (0.65, 0.5, (242, 204, 102)),
    "blue wall": (0.7, 0.93, (89, 128, 204)),
    "roof, left": (0.36, 0.23, (89, 51, 51)),
    "roof, middle": (0.24, 0.63, (140, 64, 89)),
    "roof, right": (0.44, 1.09, (64, 64, 89)),
    "sky beside a roof": (0.28, 0.06, (132, 174, 232)),
    "window": (0.49, 0.12, (250, 242, 191)),
    "door": (0.8, 0.62, (51, 89, 64)),
    "tree": (0.45, 1.43, (26, 128, 51)),
    "trunk": (0.7, 1.38, (102, 64, 38)),
    "road": (0.97, 0.75, (107, 107, 115)),
    "picket": (0.8, 0.9125, (255, 255, 255)),
    "between pickets": (0.85, 0.9375, (89, 128, 204)),
    "dash": (0.9375, 0.1, (255, 255, 255)),
    "between dashes": (0.9375, 0.24, (107, 107, 115)),
}


@pytest.mark.parametrize("height", [200, 400])
def test_things_stand_where_they_should_in_their_colours(height):
    scene = draw_scene(height).int()
    for place, (y, x, colour) in PLACES.items():
        found = scene[:, int(y * height), int(x * height)]
        assert (found - torch.tensor(colour)).abs().max() <= 3, (place, found)


def test_the_door_stands_in_the_middle_of_the_yellow_house():
    house = draw_scene(400).int()[:, 240:352, 188:316]
    door = ((house - torch.tensor([51, 89, 64])[:, None, None]).abs() < 2).all(dim=0)
    rows, columns = door.any(dim=1).nonzero() + 240, door.any(dim=0).nonzero() + 188
    assert (rows[0].item(), rows[-1].item() + 1) == (280, 352)
    assert (columns[0].item(), columns[-1].item() + 1) == (228, 268)


def test_a_roof_is_a_triangle_that_ends_where_the_wall_begins():
    scene = draw_scene(400).int()
    roof = torch.tensor([140, 64, 89])[:, None, None]  # of the yellow house
    widths = ((scene - roof).abs() < 2).all(dim=0).sum(dim=1)
    rows = widths.nonzero().flatten()
    assert (rows[0].item(), rows[-1].item()) == pytest.approx((56, 119), abs=2)
    expected = (torch.arange(400) + 0.5 - 56) * 160 / 64  # 64 high, 160 wide
    assert (widths - expected)[60:119].abs().max() <= 4


def test_windows_have_dark_bars_across_each_other():
    scene = draw_scene(400).int()
    pane = scene[:, 192:236, 44:80]  # the first window of the red house
    dark = ((pane - torch.tensor([64, 51, 51])[:, None, None]).abs() < 2).all(dim=0)
    assert dark.all(dim=1).nonzero().flatten().tolist() == [20, 21, 22, 23]
    assert dark.all(dim=0).nonzero().flatten().tolist() == [16, 17, 18, 19]


def test_the_fence_has_twelve_pickets_and_the_road_six_dashes():
    def pieces(row):
        white = (row == 255).all(dim=0).int()
        return (white.diff(prepend=torch.zeros(1)) == 1).sum()

    scene = draw_scene(400)
    assert pieces(scene[:, 330]) == 12
    assert pieces(scene[:, 375]) == 6


def test_pixels_that_an_edge_cuts_are_covered_in_part():
    y = (torch.arange(128) + 0.5) / 128 - 0.2
    x = (torch.arange(192) + 0.5) / 128 - 1.27
    distance = torch.hypot(y[:, None], x[None, :]) - 0.1  # to the edge of the sun
    red = draw_scene(128)[0]
    assert (red[distance * 128 < -0.5] == 255).all()
    assert (red[(distance * 128 > 0.5) & (distance < 0.03)] < 140).all()
    mixed = red[(distance * 128).abs() < 0.3]
    assert ((mixed > 130) & (mixed < 250)).all()
    assert mixed.unique().numel() > 5


@pytest.mark.parametrize("height", [7, 0, -8])
def test_a_scene_too_small_for_its_street_is_refused(height):
    with pytest.raises(ValueError, match=rf"height is {height}; .* number, 8 or more"):
        draw_scene(height)


@pytest.mark.parametrize("number", [96.0, True, None])
def test_sizes_and_counts_that_are_no_whole_numbers_are_named(number):
    with pytest.raises(
        TypeError, match=rf"^height is {number} .*; give a whole number"
    ):
        draw_scene(number)
    with pytest.raises(TypeError, match=rf"^size is {number} .*; give a whole number"):
        draw_letters("X", size=number)
    with pytest.raises(TypeError, match=r"^count is 96.0 .*; give a whole number"):
        random_letters(96.0)


# letters


def draw(letter, **options):
    """One letter, (H, W) of integers."""
    ((image,),) = draw_letters(letter, **options)
    return image.int()


def extent(image):
    """First and last row, and first and last column, that are not black."""
    rows, columns = image.sum(dim=1).nonzero(), image.sum(dim=0).nonzero()
    return rows[0].item(), rows[-1].item(), columns[0].item(), columns[-1].item()


def test_letters_are_one_image_each_white_on_black():
    images = draw_letters("XOXX")
    assert images.shape == (4, 1, 28, 28)
    assert images.dtype == torch.uint8
    assert (images.amin(), images.amax()) == (0, 255)
    assert torch.equal(images[0], images[2])
    assert not torch.equal(images[0], images[1])
    assert torch.equal(images, draw_letters(["X", "O", "X", "X"]))
    assert draw_letters("O", size=13).shape == (1, 1, 13, 13)


def test_an_x_crosses_in_its_middle_and_an_o_is_empty_there():
    x, o = draw("X"), draw("O")
    assert (x[13:15, 13:15] == 255).all()
    assert (o[10:18, 11:17] == 0).all()
    assert (x.diagonal()[6:22] == 255).all()
    assert x[14, 7] == x[7, 14] == 0  # between its arms
    assert o[14, 7] == o[14, 20] == o[5, 14] == o[22, 14] == 255


def test_letters_are_mirrored_in_both_axes():
    for letter in LETTERS:
        image = draw(letter)
        assert torch.equal(image, image.flip(0))
        assert torch.equal(image, image.flip(1))


def test_an_x_is_the_same_after_a_quarter_turn_and_an_o_is_not():
    x, o = draw("X"), draw("O")
    assert torch.equal(x, x.rot90())
    assert (o - o.rot90()).abs().max() == 255
    top, bottom, left, right = extent(o)
    assert bottom - top > right - left


def test_the_middle_of_a_stroke_is_0_6_of_the_picture_high():
    for letter in LETTERS:
        image = draw(letter, size=100)
        top, bottom, *_ = extent(image)
        stroke = 0.18 * 60
        assert bottom - top + 1 == pytest.approx(60 + stroke, abs=2)


@pytest.mark.parametrize("letter", LETTERS)
def test_positive_angles_turn_counter_clockwise(letter):
    options = {"shifts": (-3.0, 2.0), "size": 29}
    turned = {"shifts": (-2.0, -3.0), "size": 29}  # where a quarter turn takes it
    expected = draw(letter, **options).rot90()  # counter-clockwise, as torch has it
    assert (draw(letter, angles=90.0, **turned) - expected).abs().max() <= 1
    for angle in (10.0, 30.0):
        before, after = draw(letter), draw(letter, angles=angle)
        back = draw(letter, angles=angle - 90).rot90()
        assert (after - back).abs().max() <= 1
        assert (after - before).abs().max() > 60


def test_an_o_that_leans_to_the_left_has_its_top_in_the_left_half():
    turned = draw("O", angles=20.0)
    assert turned[:14, :14].sum() > turned[:14, 14:].sum()
    x = draw("X", angles=20.0)  # its upper right arm goes up, to the middle
    assert x[:8, 14:].nonzero()[:, 1].float().mean() < 4
    assert (draw("X", angles=-20.0) - x.flip(1)).abs().max() <= 1


@pytest.mark.parametrize("down, right", [(3, 0), (0, 3), (-2, 1), (1, -4)])
def test_shifts_by_whole_pixels_move_a_letter_down_and_right_exactly(down, right):
    for letter in LETTERS:
        moved = draw(letter, shifts=(float(down), float(right)))
        assert torch.equal(moved, draw(letter).roll((down, right), (0, 1)))


def test_a_shifted_letter_turns_about_its_own_centre():
    moved = draw("O", angles=30.0, shifts=(2.0, -3.0))
    assert torch.equal(moved, draw("O", angles=30.0).roll((2, -3), (0, 1)))


@pytest.mark.parametrize("letter", LETTERS)
def test_twice_the_scale_is_twice_the_extent(letter):
    small, large = draw(letter, size=80, scales=0.6), draw(letter, size=80, scales=1.2)
    for first in (0, 2):
        before = extent(small)[first + 1] - extent(small)[first] + 1
        after = extent(large)[first + 1] - extent(large)[first] + 1
        assert after == pytest.approx(2 * before, abs=2)
    whole = F.avg_pool2d(draw(letter, size=80)[None].float(), 2)[0]
    assert (whole - draw(letter, size=40)).abs().mean() < 1.5  # size scales it too


def test_edges_of_strokes_are_grey_and_one_pixel_wide():
    row = draw("O", size=100, shifts=(0.0, 0.3))[50]
    assert 2 <= ((row > 0) & (row < 255)).sum() <= 8
    assert row.sum() / 255 == pytest.approx(2 * 0.18 * 60, abs=0.5)


def test_letters_drawn_together_are_those_drawn_one_by_one():
    set_seed(0)
    angles, scales = 360 * torch.rand(6), 0.5 + torch.rand(6)
    shifts = 5 * torch.randn(6, 2)
    letters = "XOOXOX"
    together = draw_letters(letters, angles=angles, scales=scales, shifts=shifts)
    each = zip(letters, angles, scales, shifts, strict=True)
    for image, (letter, angle, scale, shift) in zip(together, each, strict=True):
        alone = draw(
            letter,
            angles=angle.item(),
            scales=scale.item(),
            shifts=tuple(shift.tolist()),
        )
        assert (image[0].int() - alone).abs().max() <= 1
    assert torch.equal(
        draw_letters("XO", angles=torch.tensor([30.0, 30.0])),
        draw_letters("XO", angles=30.0),
    )


@pytest.mark.parametrize(
    "letters, size, message",
    [
        ("", 28, r"letters are ''; give one or more of 'X' and 'O'"),
        ("XYO", 28, r"letters are 'XYO'; give one or more of 'X' and 'O'"),
        (["XO"], 28, r"letters are \['XO'\]"),
        ("x", 28, r"letters are 'x'"),
        ("X", 0, r"size is 0; give a whole number, 1 or more"),
    ],
)
def test_letters_that_cannot_be_drawn_are_refused(letters, size, message):
    with pytest.raises(ValueError, match=message):
        draw_letters(letters, size=size)


# letters at random


def test_random_letters_are_labelled_data_half_xs_and_half_os():
    data = random_letters(12, size=20)
    assert isinstance(data, ImageData)
    assert data.images.shape == (12, 1, 20, 20)
    assert data.labels.bincount().tolist() == [6, 6]
    assert data[:4].labels.bincount().tolist() == [2, 2]  # so is every even start
    assert data.classes == LETTERS == ("X", "O")
    assert (data.mean, data.std) == (MEAN, STD)


def test_ranges_of_one_value_give_the_letters_drawn_with_it():
    data = random_letters(6, angles=(15.0, 15.0), scales=(0.9, 0.9), shift=0.0)
    letters = [data.classes[label] for label in data.labels]
    expected = draw_letters(letters, angles=15.0, scales=0.9)
    assert (data.images.int() - expected.int()).abs().max() <= 1


def test_the_seed_makes_the_same_letters_again_and_another_seed_others():
    set_seed(3)
    first = random_letters(6).images
    assert not torch.equal(first, random_letters(6).images)
    set_seed(3)
    assert torch.equal(first, random_letters(6).images)


def test_mean_and_standard_deviation_are_those_of_10_000_letters():
    set_seed(0)
    images = random_letters(10_000).images
    values = images.flatten().bincount(minlength=256) / images.numel()
    grey = torch.arange(256) / 255
    mean = (values * grey).sum()
    std = ((values * (grey - mean) ** 2).sum()).sqrt()
    assert mean.item() == pytest.approx(MEAN[0], abs=0.01)
    assert std.item() == pytest.approx(STD[0], abs=0.01)


def spread(monkeypatch, **ranges):
    """What `random_letters` hands to `draw_letters`, for 2,000 letters."""
    handed = {}

    def record(letters, **options):
        handed.update(options)
        return draw_letters(letters[:2000], size=1)

    monkeypatch.setattr("d2lmini.data.letters.draw_letters", record)
    set_seed(0)
    random_letters(2000, **ranges)
    table = torch.cat(
        [handed[name].reshape(2000, -1) for name in handed if name != "size"], 1
    )
    assert (torch.corrcoef(table.T) - torch.eye(4)).abs().max() < 0.1  # independent
    return {
        name: (handed[name].amin(dim=0).tolist(), handed[name].amax(dim=0).tolist())
        for name in ("angles", "scales", "shifts")
    }


@pytest.mark.parametrize(
    "ranges, expected",
    [
        ({}, [(-20, 20), (0.8, 1.2), (-3, 3)]),
        (
            {"angles": (10.0, 50.0), "scales": (0.5, 0.6), "shift": 1.0},
            [(10, 50), (0.5, 0.6), (-1, 1)],
        ),
    ],
)
def test_random_letters_fill_their_ranges(ranges, expected, monkeypatch):
    found = spread(monkeypatch, **ranges)
    for (low, high), (lowest, highest) in zip(expected, found.values(), strict=True):
        near = {"rel": 0, "abs": 0.01 * (high - low)}
        assert torch.tensor(lowest).flatten().tolist() == pytest.approx(
            [low] * torch.tensor(lowest).numel(), **near
        )
        assert torch.tensor(highest).flatten().tolist() == pytest.approx(
            [high] * torch.tensor(highest).numel(), **near
        )


@pytest.mark.parametrize(
    "count, ranges, message",
    [
        (0, {}, r"count is 0; give an even number, half Xs and half Os"),
        (7, {}, r"count is 7; give an even number"),
        (-2, {}, r"count is -2; give an even number"),
        (2, {"angles": (20.0, -20.0)}, r"angles are 20.0 to -20.0; .*lowest first"),
        (2, {"scales": (1.2, 0.8)}, r"scales are 1.2 to 0.8; give the lowest first"),
        (2, {"size": 0}, r"size is 0"),
    ],
)
def test_random_letters_that_cannot_be_are_refused(count, ranges, message):
    with pytest.raises(ValueError, match=message):
        random_letters(count, **ranges)


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_scales_of_zero_or_less_are_refused(scale):
    with pytest.raises(ValueError, match=f"down to {scale}; they must be above 0"):
        draw_letters("X", scales=scale)
