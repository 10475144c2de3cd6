"""Pictures hold what they should: as many axes, the right numbers, one scale, words."""

import itertools
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

import d2lmini
from d2lmini import (
    History,
    ImageData,
    Metrics,
    draw_block,
    draw_network,
    plot_confusion,
    plot_history,
    show_features,
    show_images,
    show_kernels,
    show_numbers,
)
from d2lmini.models.lenet import LeNet, SparseConv

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    plt.close("all")
    yield
    plt.close("all")


def figure():
    """The one figure that was drawn, rendered, so that nothing in it fails or warns."""
    (number,) = plt.get_fignums()
    drawn = plt.figure(number)
    drawn.canvas.draw()
    return drawn


def pictures():
    """The images of the figure, axes by axes."""
    return [image for ax in figure().axes for image in ax.images]


def pixels(image):
    return torch.as_tensor(image.get_array().data)


def scales(images):
    return {(image.norm.vmin, image.norm.vmax) for image in images}


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


HISTORY = History(
    train=[Metrics(0.9, 0.5), Metrics(0.6, 0.7)],
    valid=[Metrics(0.8, 0.6), Metrics(0.5, 0.8)],
    seconds=[1.0, 1.0],
)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: show_images(torch.zeros(2, 4, 4)),
        lambda: show_kernels(torch.ones(2, 1, 3, 3)),
        lambda: show_features(torch.zeros(2, 4, 4)),
        lambda: show_numbers({"x": torch.ones(2, 2)}),
        lambda: plot_history(HISTORY),
        lambda: plot_confusion(torch.tensor([0, 1]), torch.tensor([0, 0]), "ab"),
        lambda: draw_network(nn.Linear(4, 2), (4,)),
        lambda: draw_block(nn.Linear(4, 2), (4,)),
    ],
)
def test_each_function_draws_one_figure_no_wider_than_the_text_and_returns_none(draw):
    assert draw() is None
    assert figure().get_figwidth() <= d2lmini.plot.common.WIDTH + 1e-9


# images, kernels, feature maps


@pytest.mark.parametrize("shape", [(10, 4, 5), (10, 1, 4, 5)])
def test_grey_images_of_uint8_run_from_black_0_to_white_255(shape):
    images = torch.randint(100, shape, dtype=torch.uint8)
    show_images(images, columns=4)
    shown = pictures()
    assert len(figure().axes) == 3 * 4  # two of them empty
    assert len(shown) == 10
    assert scales(shown) == {(0, 255)}
    assert {image.cmap.name for image in shown} == {"gray"}
    for image, original in zip(shown, images.reshape(10, 4, 5), strict=True):
        assert torch.equal(pixels(image), original)


def test_coloured_images_have_their_channels_last():
    images = torch.randint(256, (3, 3, 4, 5), dtype=torch.uint8)
    show_images(images)
    for image, original in zip(pictures(), images, strict=True):
        assert torch.equal(pixels(image), original.permute(1, 2, 0))


def test_floats_share_the_scale_of_the_smallest_to_the_largest_of_all():
    images = torch.tensor([[[-2.0, 0.0]], [[1.0, 2.0]]], requires_grad=True)
    show_images(images)
    shown = pictures()
    assert scales(shown) == {(0, 1)}
    assert [pixels(image).tolist() for image in shown] == [[[0, 0.5]], [[0.75, 1]]]


def test_equal_floats_can_be_shown():
    show_images(torch.full((2, 4, 4), 3.0))
    assert all(pixels(image).isfinite().all() for image in pictures())


def test_titles_stand_above_their_images():
    show_images(torch.zeros(3, 4, 4), titles=["a", "b", "c"])
    assert [ax.get_title() for ax in figure().axes] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "images, titles, message",
    [
        (torch.zeros(4, 4), None, r"\(4, 4\); expected \(N, H, W\) or \(N, C, H, W\)"),
        (torch.zeros(2, 6, 4, 4), None, r"6 channels; .*show_features"),
        (torch.zeros(3, 4, 4), ["a", "b"], r"2 titles for 3 images"),
        (torch.zeros(0, 4, 4), None, r"no images"),
    ],
)
def test_images_that_cannot_be_shown_are_refused(images, titles, message):
    with pytest.raises(ValueError, match=message):
        show_images(images, titles)


def test_kernels_share_a_scale_in_which_zero_is_in_the_middle():
    weight = nn.Conv2d(2, 3, 5).weight
    with torch.no_grad():
        weight[2, 1, 0, 0] = -7
    show_kernels(weight)
    shown = pictures()
    assert len(shown) == 6
    assert scales(shown) == {(-7, 7)}
    expected = weight.detach().flatten(0, 1)  # output by output
    assert torch.equal(torch.stack([pixels(image) for image in shown]), expected)


def test_feature_maps_share_a_scale_and_have_numbers():
    features = torch.arange(36.0).reshape(4, 3, 3)
    show_features(features, columns=2)
    shown = pictures()
    assert scales(shown) == {(0, 35)}
    assert torch.equal(torch.stack([pixels(image) for image in shown]), features)
    titles = [ax.get_title() for ax in figure().axes]
    assert titles == ["map 0", "map 1", "map 2", "map 3"]


@pytest.mark.parametrize(
    "draw, shape, message",
    [
        (
            show_kernels,
            (3, 5, 5),
            r"kernels have shape \(3, 5, 5\); expected \(out, in",
        ),
        (show_features, (1, 3, 5, 5), r"maps have shape \(1, 3, 5, 5\); .*\(C, H, W\)"),
        (lambda x: show_numbers({"A": x}), (3,), r"A have shape \(3,\); .*\(H, W\)"),
    ],
)
def test_tensors_of_another_shape_are_refused(draw, shape, message):
    with pytest.raises(ValueError, match=message):
        draw(torch.zeros(shape))


def test_small_arrays_are_shown_with_each_number_in_its_cell():
    arrays = {"image": torch.tensor([[1, 2, 30], [4, 5, 6]]), "sum": torch.ones(1, 1)}
    show_numbers({**arrays, "third": torch.tensor([[1 / 3]])})
    (ax,) = figure().axes
    assert len(ax.images) == 3
    written = texts(ax)
    assert written == [
        *("image", "1", "2", "30", "4", "5", "6"),
        *("sum", "1", "third", "0.333"),
    ]
    place = {text.get_text(): text.get_position() for text in ax.texts}
    left, right, bottom, top = ax.images[0].get_extent()
    assert (right - left, bottom - top) == (3, 2)
    assert place["30"] == pytest.approx((left + 2.5, top + 0.5))
    assert place["4"] == pytest.approx((left + 0.5, top + 1.5))


ORANGE = mpl.colors.to_rgba("#f6b48f")


def orange_cells(ax):
    """The (x, y) of the upper left corner of every orange rectangle, each one cell."""
    found = [patch for patch in ax.patches if patch.get_facecolor() == ORANGE]
    assert {(patch.get_width(), patch.get_height()) for patch in found} <= {(1, 1)}
    return sorted(patch.get_xy() for patch in found)


def boxes(ax):
    """Left, top, right and bottom of every array, in cells, y downwards."""
    extents = [image.get_extent() for image in ax.images]
    return [(left, top, right, bottom) for left, right, bottom, top in extents]


def overlap(one, other):
    return (
        one[0] < other[2]
        and other[0] < one[2]
        and one[1] < other[3]
        and other[1] < one[3]
    )


@pytest.mark.parametrize("columns", [None, 1])
def test_marked_cells_are_orange_and_no_others(columns):
    arrays = {
        "image": torch.rand(3, 4),
        "kernel": torch.rand(2, 2),
        "map": torch.eye(2),
    }
    marks = {name: torch.rand(arrays[name].shape) < 0.5 for name in ("image", "map")}
    marks["image"][0, 3], marks["image"][2, 0] = True, False
    show_numbers(arrays, marks, columns=columns)
    (ax,) = figure().axes
    expected = []
    for name, (left, top, *_) in zip(arrays, boxes(ax), strict=True):
        cells = marks[name].nonzero().tolist() if name in marks else []
        expected += [(left + column, top + row) for row, column in cells]
    assert orange_cells(ax) == sorted(expected)
    assert len(texts(ax)) == 3 + 12 + 4 + 4  # marked cells keep their numbers


def test_a_mark_without_a_true_cell_and_no_marks_colour_nothing():
    show_numbers({"A": torch.ones(2, 2)}, {"A": torch.zeros(2, 2, dtype=torch.bool)})
    assert orange_cells(figure().axes[0]) == []
    plt.close("all")
    show_numbers({"A": torch.ones(2, 2)}, {})
    assert orange_cells(figure().axes[0]) == []


@pytest.mark.parametrize(
    "title, shape, message",
    [
        (
            "A",
            (3, 2),
            r"mark of shape \(3, 2\) for 'A'; .*'A': \(2, 3\), 'B': \(1, 1\)",
        ),
        (
            "A",
            (2,),
            r"mark of shape \(2,\) for 'A'.*has the title and the shape of its",
        ),
        (
            "C",
            (2, 3),
            r"mark of shape \(2, 3\) for 'C'; the arrays are .*'A': \(2, 3\)",
        ),
    ],
)
def test_marks_that_fit_no_array_are_refused(title, shape, message):
    arrays = {"A": torch.ones(2, 3), "B": torch.ones(1, 1)}
    with pytest.raises(ValueError, match=message):
        show_numbers(arrays, {title: torch.zeros(shape, dtype=torch.bool)})
    assert plt.get_fignums() == []


SHAPES = [(3, 4), (1, 1), (2, 5), (4, 2), (2, 2), (5, 3), (1, 6)]


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 20, None])
def test_arrays_wrap_into_rows_in_which_nothing_overlaps(columns):
    show_numbers({f"{i}": torch.rand(SHAPES[i]) for i in range(7)}, columns=columns)
    (ax,) = figure().axes
    found = boxes(ax)
    for (left, top, right, bottom), shape in zip(found, SHAPES, strict=True):
        assert (bottom - top, right - left) == pytest.approx(shape)
    for one, other in itertools.combinations(found, 2):
        assert not overlap(one, other)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < min(box[0] for box in found) < max(box[2] for box in found) < right
    assert top < min(box[1] for box in found) - 0.5  # there is a title above
    assert max(box[3] for box in found) < bottom
    rows = [found[i : i + (columns or 7)] for i in range(0, 7, columns or 7)]
    for row, below in itertools.pairwise(rows):
        assert max(box[3] for box in row) < min(box[1] for box in below) - 0.5
    for row in rows:
        for one, other in itertools.pairwise(row):
            assert one[2] <= other[0] - 0.5
            assert one[1] + one[3] == pytest.approx(other[1] + other[3])  # one middle
    for column in zip(*rows, strict=False):  # below each other: one middle
        assert len({round(box[0] + box[2], 6) for box in column}) == 1


@pytest.mark.parametrize(
    "shapes, columns", [(SHAPES, 3), (SHAPES, None), ([(7, 7)], 1)]
)
def test_titles_and_numbers_lie_within_the_figure_and_over_no_other(shapes, columns):
    look = Path(__file__).parents[1] / "notebooks" / "matplotlibrc"
    arrays = {f"{i}": torch.full(shape, -0.5) for i, shape in enumerate(shapes)}
    with mpl.rc_context(fname=look):
        show_numbers(arrays, columns=columns)
    frame = figure().bbox
    (ax,) = figure().axes
    words = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
    for name, box in words:
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, name
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, name
    for (first, box), (second, other) in itertools.combinations(words, 2):
        assert not box.overlaps(other), (first, second)
    for name, box in words:
        if name in arrays:  # a title
            for image in ax.images:
                assert not box.overlaps(image.get_window_extent()), name


def test_numbers_are_left_out_where_cells_are_too_small_but_marks_are_not():
    arrays = {"A": torch.rand(4, 20), "B": torch.rand(4, 20)}
    show_numbers(arrays, {"B": torch.ones(4, 20, dtype=torch.bool)})
    (ax,) = figure().axes
    assert texts(ax) == ["A", "B"]
    assert len(orange_cells(ax)) == 80
    plt.close("all")
    show_numbers(arrays, columns=1)  # below each other there is room
    assert len(texts(figure().axes[0])) == 2 + 160


@pytest.mark.parametrize("shape, columns", [((2, 2), 1), ((9, 40), 1), ((6, 30), 3)])
def test_arrays_are_no_wider_than_the_text_and_their_cells_at_most_half_an_inch(
    shape, columns
):
    show_numbers({f"{i}": torch.rand(shape) for i in range(3)}, columns=columns)
    width, height = figure().get_size_inches()
    (ax,) = figure().axes
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert width <= d2lmini.plot.common.WIDTH + 1e-9
    assert width / (right - left) <= 0.5 + 1e-9
    if shape[1] > 14:  # too many cells for half an inch each: they fill the text
        assert width == pytest.approx(d2lmini.plot.common.WIDTH)
    assert height / (bottom - top) == pytest.approx(width / (right - left))  # squares


def test_a_line_between_any_two_rows_and_columns_and_a_frame_around_them():
    show_numbers({"A": torch.rand(3, 4)})
    (ax,) = figure().axes
    ((left, top, right, bottom),) = boxes(ax)
    upright, level = [lines.get_segments() for lines in ax.collections]
    assert [line.tolist() for line in upright] == [
        [[left + i, top], [left + i, bottom]] for i in (1, 2, 3)
    ]
    assert [line.tolist() for line in level] == [
        [[left, top + i], [right, top + i]] for i in (1, 2)
    ]
    (frame,) = ax.patches
    assert frame.get_bbox().extents.tolist() == [left, top, right, bottom]


# the grid of images, kernels and feature maps

GRIDS = [(show_images, 1.5, (1,)), (show_kernels, 0.9, (1,)), (show_features, 1.5, ())]


@pytest.mark.parametrize("count, columns", [(3, 3), (5, 2), (20, 10)])
@pytest.mark.parametrize("height, width", [(6, 12), (12, 6)])
@pytest.mark.parametrize("draw, cell, channels", GRIDS)
def test_a_full_row_is_as_wide_as_the_text_and_cells_have_the_pictures_aspect(
    draw, cell, channels, height, width, count, columns
):
    draw(torch.rand(count, *channels, height, width), columns=columns)
    across, down = plt.gcf().get_size_inches()
    assert across == pytest.approx(d2lmini.plot.common.WIDTH)
    rows = -(-count // columns)
    titles = 0.2 if draw is show_features else 0
    assert down / rows - titles == pytest.approx(across / columns * height / width)
    assert len(plt.gcf().axes) == rows * columns


@pytest.mark.parametrize("count, width", [(1, 1), (2, 2), (4, 4), (6, 5)])
@pytest.mark.parametrize("draw, cell, channels", GRIDS)
def test_fewer_pictures_than_a_row_has_stay_small(draw, cell, channels, count, width):
    draw(torch.rand(count, *channels, 8, 8))
    across = plt.gcf().get_figwidth()
    room = d2lmini.plot.common.WIDTH
    assert across == pytest.approx(min(count * max(cell, room / 8), room))


def test_titles_make_the_rows_of_a_grid_higher():
    show_images(torch.rand(4, 8, 8), columns=2)
    without = plt.gcf().get_figheight()
    show_images(torch.rand(4, 8, 8), ["a", "b", "c", "d"], columns=2)
    assert plt.gcf().get_figheight() == pytest.approx(without + 2 * 0.25)


@pytest.mark.parametrize("height, width", [(6, 12), (12, 6)])
@pytest.mark.parametrize("draw, cell, channels", GRIDS)
def test_pictures_fill_their_cells_undistorted_and_overlap_nothing(
    draw, cell, channels, height, width
):
    look = Path(__file__).parents[1] / "notebooks" / "matplotlibrc"
    with mpl.rc_context(fname=look):
        draw(torch.rand(5, *channels, height, width), columns=3)
    frame = figure().bbox
    found = [image.get_window_extent() for image in pictures()]
    assert len(found) == 5
    for box in found:
        assert box.width / box.height == pytest.approx(width / height, rel=0.02)
        assert box.width > 0.8 * frame.width / 3
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
    words = [ax.title.get_window_extent() for ax in figure().axes if ax.get_title()]
    for one, other in itertools.combinations([*found, *words], 2):
        assert not one.overlaps(other)
    assert found[3].x0 == pytest.approx(found[0].x0)  # the second row
    assert found[3].y1 < found[0].y0


@pytest.mark.parametrize("arrays", [{}, {"a": torch.zeros(0, 3)}])
def test_no_arrays_and_empty_ones_are_refused(arrays):
    with pytest.raises(ValueError, match="an empty array, or none"):
        show_numbers(arrays)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: show_numbers({"a": torch.zeros(2, 2)}, columns=0),
        lambda: show_images(torch.zeros(2, 4, 4), columns=0),
    ],
)
def test_rows_of_no_pictures_are_refused(draw):
    with pytest.raises(
        ValueError, match="columns is 0; give a whole number, 1 or more"
    ):
        draw()


def test_long_numbers_do_not_touch_their_neighbours():
    show_numbers({"x": torch.tensor([[-0.0295, -0.0295], [-1e-05, 12345.0]])})
    drawn = figure()
    (ax,) = drawn.axes
    boxes = [t.get_window_extent() for t in ax.texts if t.get_text() not in ("", "x")]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)


def test_titles_of_a_second_row_do_not_touch_the_first():
    show_numbers({f"title {i}": torch.rand(12, 12) for i in range(8)}, columns=4)
    drawn = figure()
    (ax,) = drawn.axes
    titles = [t for t in ax.texts if t.get_text().startswith("title")]
    for title in titles:
        box = title.get_window_extent()
        assert not any(box.overlaps(image.get_window_extent()) for image in ax.images)


# histories


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def test_one_history_is_drawn_as_loss_and_accuracy_of_both_passes():
    plot_history(HISTORY)
    loss, accuracy = figure().axes
    assert (loss.get_title(), accuracy.get_title()) == ("loss", "accuracy")
    assert lines(loss).keys() == lines(accuracy).keys() == {"train", "valid"}
    assert list(lines(loss)["train"].get_xdata()) == [1, 2]
    assert list(lines(loss)["train"].get_ydata()) == [0.9, 0.6]
    assert list(lines(loss)["valid"].get_ydata()) == [0.8, 0.5]
    assert list(lines(accuracy)["valid"].get_ydata()) == [0.6, 0.8]
    assert lines(loss)["train"].get_linestyle() == "--"
    assert lines(loss)["valid"].get_linestyle() == "-"
    assert len(accuracy.get_legend().get_texts()) == 2


def test_several_histories_have_a_colour_and_a_name_each():
    plot_history({"relu": HISTORY, "tanh": HISTORY})
    found = lines(figure().axes[1])
    assert list(found) == ["relu train", "relu valid", "tanh train", "tanh valid"]
    colours = [line.get_color() for line in found.values()]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_a_history_without_an_epoch_can_be_drawn():
    plot_history(History())  # what `fit` returns when the first epoch is interrupted
    figure()


# confusions


def test_rows_of_a_confusion_add_up_to_100_and_only_mistakes_are_coloured():
    labels = torch.tensor([0] * 4 + [1] * 5 + [2] * 10)
    predicted = torch.tensor([0, 0, 0, 2] + [1] * 5 + [0] * 2 + [1] * 3 + [2] * 5)
    plot_confusion(labels, predicted, ["cat", "dog", "bird"])
    (ax,) = figure().axes
    table = [[0] * 3 for _ in range(3)]
    for text in ax.texts:
        column, row = text.get_position()
        table[row][column] = int(text.get_text())
        assert (text.get_weight() == "bold") == (row == column)
    assert table == [[75, 0, 25], [0, 100, 0], [20, 30, 50]]
    assert len(ax.texts) == 6  # no zeros
    coloured = [[0, 0, 25], [0, 0, 0], [20, 30, 0]]
    assert pixels(ax.images[0]).tolist() == coloured
    assert ax.images[0].norm.vmax > ax.images[0].norm.vmin == 0
    for axis in (ax.xaxis, ax.yaxis):
        names = [tick.get_text() for tick in axis.get_ticklabels()]
        assert names == ["cat", "dog", "bird"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true class")


def test_a_perfect_prediction_and_a_class_without_images_can_be_drawn():
    labels = torch.tensor([0, 1, 1])
    plot_confusion(labels, labels, ["a", "b", "none"])
    assert texts(figure().axes[0]) == ["100", "100"]


@pytest.mark.parametrize(
    "labels, predicted, message",
    [
        ([0, 1], [[0.1, 0.9], [0.8, 0.2]], r"predictions have shape \(2, 2\); .*\(N\)"),
        ([[0, 1]], [0, 1], r"labels have shape \(1, 2\)"),
        ([0, 1], [0, 1, 1], r"2 labels.*3 predictions"),
        ([0, 1], [3, 1], r"predictions.*3.*0 to 1"),  # 2 classes: none is called 3
        ([0, 2], [0, 1], r"labels.*2.*0 to 1"),
    ],
)
def test_labels_and_predictions_that_do_not_fit_are_refused(labels, predicted, message):
    with pytest.raises(ValueError, match=message):
        plot_confusion(torch.tensor(labels), torch.tensor(predicted), ["a", "b"])


# networks


def drawn_network():
    """The shapes, in bold, and the captions at the arrows."""
    (ax,) = figure().axes
    found = [text for text in ax.texts if text.get_text()]
    shapes = [text.get_text() for text in found if text.get_weight() == "bold"]
    captions = [text.get_text() for text in found if text.get_weight() != "bold"]
    return shapes, captions


def test_a_network_is_drawn_as_its_shapes_and_the_layers_between_them():
    draw_network(LeNet(pool="average"), (1, 28, 28))
    shapes, captions = drawn_network()
    assert shapes == [
        *("1 × 28 × 28", "6 × 28 × 28", "6 × 14 × 14", "16 × 10 × 10", "16 × 5 × 5"),
        *("400", "120", "84", "10"),
    ]
    assert captions == [
        *("conv 5×5\nReLU", "avg pool 2×2", "conv 5×5\nReLU", "avg pool 2×2"),
        *("flatten", "linear\nReLU", "linear\nReLU", "linear"),
    ]


def test_strides_stand_in_the_caption_and_light_layers_with_their_neighbours():
    model = nn.Sequential(
        *(nn.Dropout(), nn.Conv2d(1, 2, (3, 5), stride=2), nn.Tanh()),
        *(nn.MaxPool2d(2), nn.Dropout(), nn.BatchNorm2d(2)),
    )
    draw_network(model, (1, 13, 15))
    assert drawn_network() == (
        ["1 × 13 × 15", "2 × 6 × 6", "2 × 3 × 3"],
        [
            "dropout\nconv 3×5\nstride 2\ntanh",
            "max pool 2×2\ndropout\nbatch norm",
        ],
    )


def test_maps_are_stacks_of_at_most_six_sheets_and_vectors_one_bar():
    model = nn.Sequential(nn.Conv2d(3, 20, 5), nn.Flatten(), nn.Linear(20 * 64, 10))
    draw_network(model, (3, 12, 12))
    (ax,) = figure().axes
    assert len(ax.patches) == 3 + 6 + 1 + 1
    heights = [patch.get_height() for patch in ax.patches]
    assert heights[0] > heights[3]  # 12 pixels are drawn larger than 8,
    assert heights[9] > heights[10]  # and 1,280 numbers longer than 10


class Branches(nn.Module):
    """Two convolutions of the same input, added up."""

    def __init__(self, out_channels):
        super().__init__()
        self.left = nn.Conv2d(2, out_channels, 3, padding=1)
        self.right = nn.Conv2d(2, out_channels, 1)

    def forward(self, x):
        return self.left(x) + self.right(x)


# With 2 the second branch could take what the first gave, by its shape, but does not.
@pytest.mark.parametrize("out_channels", [3, 2])
def test_a_network_that_branches_is_refused_with_the_way_out(out_channels):
    model = nn.Sequential(nn.Conv2d(1, 2, 1), Branches(out_channels))
    with pytest.raises(ValueError, match=r"in '1' \(Branches\) .*whole=\(Branches,\)"):
        draw_network(model, (1, 6, 6))
    assert plt.get_fignums() == []


def test_blocks_that_branch_can_be_drawn_as_a_whole():
    model = nn.Sequential(nn.Conv2d(1, 2, 1), Branches(3), nn.ReLU())
    draw_network(model, (1, 6, 6), whole=(Branches,))
    assert drawn_network() == (
        ["1 × 6 × 6", "2 × 6 × 6", "3 × 6 × 6", "3 × 6 × 6"],
        ["conv 1×1", "Branches", "ReLU"],
    )


def test_reshaping_between_layers_is_no_branch():
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.linear = nn.Conv2d(1, 2, 3), nn.Linear(32, 5)

        def forward(self, x):
            return self.linear(torch.relu(self.conv(x)).flatten(1))

    draw_network(Flat(), (1, 6, 6))
    assert drawn_network() == (
        ["1 × 6 × 6", "2 × 4 × 4", "32", "5"],
        ["conv 3×3\nReLU", "flatten", "linear"],
    )


@pytest.mark.parametrize(
    "model, shape",
    [
        (LeNet(), (1, 28, 28)),
        (LeNet(pool="subsample", sparse=True, padding=0), (1, 32, 32)),
    ],
    ids=["today", "paper"],
)
def test_words_lie_within_the_figure_and_cover_neither_each_other_nor_the_maps(
    model, shape
):
    look = Path(__file__).parents[1] / "notebooks" / "matplotlibrc"
    with mpl.rc_context(fname=look):
        draw_network(model, shape, whole=(SparseConv,))
    frame = figure().bbox
    boxes = [
        (text.get_text(), text.get_window_extent())
        for text in figure().axes[0].texts
        if text.get_text()
    ]
    for name, box in boxes:
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, name
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, name
        for patch in figure().axes[0].patches:
            assert not box.overlaps(patch.get_window_extent()), name
    for (first, box), (second, other) in itertools.combinations(boxes, 2):
        assert not box.overlaps(other), (first, second)


# what is NaN or infinite

GREEN = [0, 255, 0]


def colours(image):
    """What an image looks like: red, green and blue from 0 to 255, (H, W, 3)."""
    return torch.as_tensor(image.to_rgba(image.get_array(), bytes=True))[..., :3].int()


def is_green(image):
    return (colours(image) == torch.tensor(GREEN)).all(dim=-1)


def notes():
    return [text.get_text().replace("\n", " ") for text in figure().texts]


def with_gaps(*shape):
    """The numbers from 0 on, in which one is NaN and two are infinite."""
    values = torch.arange(float(torch.Size(shape).numel()))
    values[[7, 9, 11]] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    return values.reshape(shape)


SHOWS = [
    (show_images, (3, 2, 3), (0, 1), "[1, 0, 1]"),
    (show_images, (3, 1, 2, 3), (0, 1), "[1, 0, 0, 1]"),
    (show_kernels, (3, 1, 2, 3), (-17, 17), "[1, 0, 0, 1]"),
    (show_features, (3, 2, 3), (0, 17), "[1, 0, 1]"),
]


@pytest.mark.parametrize("show, shape, scale, first", SHOWS)
def test_finite_values_keep_their_scale_and_others_are_green_and_counted(
    show, shape, scale, first
):
    values = with_gaps(*shape)
    show(values)
    shown = pictures()
    assert scales(shown) == {scale}
    green = torch.stack([is_green(image) for image in shown])
    assert torch.equal(green, ~values.isfinite().reshape(green.shape))
    assert notes() == [
        f"NaN or infinite, drawn green: 3 of 18 values, the first at {first}"
    ]


def test_a_pixel_is_green_where_one_of_its_three_channels_is_not_finite():
    values = torch.rand(2, 3, 4, 5)
    values[0, 0, 1, 2] = values[1, 2, 3, 4] = torch.nan
    show_images(values)
    green = torch.stack(
        [(pixels(image) == torch.tensor([0, 1, 0])).all(-1) for image in pictures()]
    )
    assert green.nonzero().tolist() == [[0, 1, 2], [1, 3, 4]]
    low, high = values[values.isfinite()].min(), values[values.isfinite()].max()
    found = pixels(pictures()[1])[0]
    expected = ((values[1, :, 0] - low) / (high - low)).T.double()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert notes()[0].endswith("2 of 120 values, the first at [0, 0, 1, 2]")


def test_numbers_that_are_not_finite_are_green_written_and_counted_by_title():
    values = with_gaps(3, 4)
    show_numbers({"map": values, "finite": torch.ones(1, 1), "b": values.T})
    (ax,) = figure().axes
    assert torch.equal(is_green(ax.images[0]), ~values.isfinite())
    assert not is_green(ax.images[1]).any()
    assert ax.images[0].norm.vmin == 0
    assert ax.images[0].norm.vmax == pytest.approx(2 * 10)
    assert " ".join(texts(ax)[1:13]) == "0 1 2 3 4 5 6 nan 8 inf 10 -inf"
    note = "NaN or infinite, drawn green: 3 of 12 values, the first at"
    assert notes() == [f"map: {note} [1, 3] b: {note} [1, 2]"]


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("show, shape, scale, first", SHOWS)
def test_a_network_that_has_diverged_is_all_green(show, shape, scale, first, value):
    show(torch.full(shape, value))
    assert all(is_green(image).all() for image in pictures())
    assert "18 of 18 values, the first at [0, 0, 0" in notes()[0]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.float32])
def test_finite_values_have_no_note(dtype):
    values = torch.arange(18).to(dtype).reshape(3, 2, 3)
    for draw in (
        lambda: show_images(values),
        lambda: show_kernels(values[None]),
        lambda: show_features(values),
        lambda: show_numbers({"a": values[0]}),
    ):
        draw()
        assert notes() == []
        plt.close("all")


LOOKS = [{}, {"fname": Path(__file__).parents[1] / "notebooks" / "matplotlibrc"}]


@pytest.mark.parametrize("look", LOOKS, ids=["plain", "course"])
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(
    "draw",
    [
        lambda x: show_images(x, [f"title {i}" for i in range(len(x))]),
        lambda x: show_kernels(x[:, None]),
        show_features,
        lambda x: show_numbers({f"{i}": one for i, one in enumerate(x[:, :4, :4])}),
    ],
    ids=["images", "kernels", "features", "numbers"],
)
def test_the_note_stands_within_the_figure_below_the_pictures(draw, count, look):
    values = torch.rand(count, 8, 8)
    values[:, 1, 1] = torch.nan
    with mpl.rc_context(**look):
        draw(values)
    drawn = figure()
    (note,) = drawn.texts
    box, frame = note.get_window_extent(), drawn.bbox
    assert frame.x0 <= box.x0 < box.x1 <= frame.x1
    assert frame.y0 <= box.y0 < box.y1 <= frame.y1
    for image in pictures():
        assert not box.overlaps(image.get_window_extent())
        assert box.y1 <= image.get_window_extent().y0


# numbers of other kinds

KINDS = [torch.int8, torch.int16, torch.int32, torch.int64, torch.float16]


@pytest.mark.parametrize("dtype", [*KINDS, torch.bfloat16, torch.float64])
def test_other_numbers_than_uint8_share_the_scale_of_smallest_to_largest(dtype):
    info = torch.finfo if dtype.is_floating_point else torch.iinfo
    low, high = info(dtype).min, info(dtype).max
    if dtype == torch.float64:
        low, high = -1e300, 1e300  # the difference of its ends is infinite
    values = torch.tensor([[[low, 0]], [[high // 2, high]]], dtype=dtype)
    show_images(values)
    shown = torch.stack([pixels(image) for image in pictures()]).flatten()
    expected = torch.tensor([0, 0.5, 0.75, 1]).double()
    torch.testing.assert_close(shown, expected, rtol=0, atol=0.01)
    assert scales(pictures()) == {(0, 1)}


def test_a_mask_is_shown_in_black_and_white():
    show_images(torch.eye(3, dtype=torch.bool)[None])
    assert torch.equal(pixels(pictures()[0]), torch.eye(3).double())


@pytest.mark.parametrize("dtype", [*KINDS, torch.bfloat16, torch.uint8])
def test_kernels_and_features_of_other_numbers_are_shown(dtype):
    values = torch.tensor([[0, 100], [50, 25]]).to(dtype)
    show_features(values[None])
    assert scales(pictures()) == {(0, 100)}
    plt.close("all")
    show_kernels(values[None, None])
    assert scales(pictures()) == {(-100, 100)}
    assert pixels(pictures()[0]).tolist() == values.tolist()


@pytest.mark.parametrize(
    "number, written",
    [
        (2295, "2295"),
        (-12345, "-12345"),
        (1000, "1000"),
        (999, "999"),
        (999.4, "999"),
        (999.6, "1000"),
        (2295.4, "2295"),
        (9999999, "9999999"),
        (12345678, "1.23e+07"),
        (0.333333, "0.333"),
        (28.55, "28.6"),
        (0.00012, "0.00012"),
        (1e-7, "1e-07"),
        (-1e-7, "-1e-07"),
        (0, "0"),
        (-0.0, "0"),
    ],
)
def test_numbers_are_written_as_one_would(number, written):
    show_numbers({"x": torch.tensor([[number]], dtype=torch.float64)})
    assert texts(figure().axes[0]) == ["x", written]


@pytest.mark.parametrize("count", [2, 5, 12])
def test_seven_digits_stay_within_their_cells(count):
    show_numbers({"x": torch.full((2, count), -9_999_999, dtype=torch.int64)})
    (ax,) = figure().axes
    (cells,) = [image.get_window_extent() for image in ax.images]
    words = [text for text in ax.texts if text.get_text() not in ("", "x")]
    assert len(words) == 2 * count
    for word in words:
        assert word.get_window_extent().width <= cells.width / count


# labels of other kinds


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32])
def test_labels_of_few_bits_are_counted_as_those_of_many(dtype):
    labels = torch.arange(100) % 20
    predicted = (labels + (torch.arange(100) >= 20)) % 20
    names = [f"{i}" for i in range(20)]
    plot_confusion(labels.to(dtype), predicted.to(dtype), names)
    shown = pixels(pictures()[0])
    assert shown.diagonal(1).tolist() == [80] * 19
    assert shown[19, 0] == 80
    assert shown.sum() == 20 * 80


# the drawn colours and lines


def test_kernels_are_blue_below_zero_white_at_zero_and_red_above():
    show_kernels(torch.tensor([[[[-1.0, -0.5, 0, 0.5, 1]]]]))
    red, _, blue = colours(pictures()[0])[0].unbind(dim=1)
    assert (red - blue)[[0, 1, 3, 4]].sign().tolist() == [-1, -1, 1, 1]
    assert colours(pictures()[0])[0, 2].min() > 240


@pytest.mark.parametrize("show", [show_images, show_features])
def test_low_values_are_dark_and_high_ones_bright(show):
    show(torch.linspace(-1, 1, 9).reshape(1, 1, 9))
    light = colours(pictures()[0])[0].sum(dim=1)
    assert (light.diff() > 0).all()
    assert light[0] < 30
    assert light[-1] > 600


def test_large_numbers_lie_on_darker_cells_on_which_they_stay_legible():
    show_numbers({"x": torch.linspace(-1, 1, 9).reshape(1, 9)})
    light = colours(pictures()[0])[0].sum(dim=1)
    assert (light.diff() < 0).all()
    assert light[-1] > 350


def test_equal_numbers_have_equal_colours_in_all_arrays():
    low, high = torch.tensor([[0.0, 9]]), torch.tensor([[9.0, 18]])
    show_numbers({"low": low, "high": high})
    assert scales(pictures()) == {(0, 36)}
    first, second = (colours(image)[0] for image in pictures())
    assert torch.equal(first[1], second[0])  # both are nines


def test_arrays_that_are_not_compared_can_have_scales_of_their_own():
    arrays = {"picture": torch.tensor([[0.0, 255]]), "kernel": torch.eye(2)}
    show_numbers(arrays, one_scale=False)
    picture, kernel = pictures()
    assert (picture.norm.vmin, picture.norm.vmax) == (0, 510)
    assert (kernel.norm.vmin, kernel.norm.vmax) == (0, 2)
    assert torch.equal(colours(picture)[0, -1], colours(kernel)[0, 0])


def test_the_colours_of_mistakes_grow_redder():
    labels = torch.tensor([0] * 10)
    predicted = torch.tensor([0] * 4 + [1] * 1 + [2] * 2 + [3] * 3)
    plot_confusion(labels, predicted, ["a", "b", "c", "d"])
    red, green, _ = colours(pictures()[0])[0].unbind(dim=1)
    assert ((red - green).diff() > 0).all()
    assert red[0] - green[0] < 20  # what is right has no colour


def arrows():
    """The ends of the arrows of a drawn network: from (x, y), to (x, y)."""
    (ax,) = figure().axes
    found = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    return [(arrow.xyann, arrow.xy, arrow.arrowprops) for arrow in found]


@pytest.mark.parametrize("columns", [3, 5, 20])
def test_an_arrow_leads_to_the_right_into_every_tensor_but_the_first(columns):
    draw_network(LeNet(), (1, 28, 28), columns=columns)
    (ax,) = figure().axes
    shapes = [text for text in ax.texts if text.get_weight() == "bold"]
    places = [text.get_position() for text in shapes]
    found = arrows()
    assert len(found) == len(shapes) - 1 == 8
    for ((start, level), (end, height), style), (x, y) in zip(
        found, places[1:], strict=True
    ):
        assert style["arrowstyle"] == "->"  # its head is at the end
        assert start < end < x
        assert level == height > y  # the words stand below the tensor


def test_captions_stand_above_their_arrows():
    draw_network(LeNet(), (1, 28, 28), columns=3)
    (ax,) = figure().axes
    captions = [t for t in ax.texts if t.get_text() and t.get_weight() != "bold"]
    for caption, ((start, level), (end, _), _) in zip(captions, arrows(), strict=True):
        x, y = caption.get_position()
        assert start < x < end
        assert level < y < level + 0.2


def test_tensors_are_drawn_in_the_middle_of_where_the_arrows_point():
    draw_network(nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten()), (1, 8, 8))
    (ax,) = figure().axes
    boxes = [patch.get_bbox() for patch in ax.patches]
    assert len(boxes) == 1 + 3 + 1
    for (_, (end, level), _), last in zip(arrows(), (3, 4), strict=True):
        box = boxes[last]
        assert end < box.x0 < end + 0.5
        assert box.y0 < level < box.y1


def test_epochs_are_whole_numbers_and_every_epoch_has_a_point():
    plot_history(HISTORY)
    for ax in figure().axes:
        assert ax.get_xlabel() == "epoch"
        assert all(tick == round(tick) for tick in ax.get_xticks())
        assert {line.get_marker() for line in ax.lines} == {"."}
    names = [text.get_text() for text in figure().axes[1].get_legend().get_texts()]
    assert names == ["train", "valid"]


# arguments of another kind


@pytest.mark.parametrize(
    "value, kind",
    [
        ([torch.zeros(4, 4)], "list"),
        (np.zeros((1, 4, 4)), "ndarray"),
        (
            ImageData(
                torch.zeros(2, 1, 4, 4, dtype=torch.uint8),
                torch.tensor([0, 1]),
                ("a", "b"),
                (0.5,),
                (0.5,),
            ),
            "ImageData",
        ),
    ],
    ids=["list", "array", "data"],
)
@pytest.mark.parametrize(
    "draw",
    [
        show_images,
        show_kernels,
        show_features,
        lambda x: show_numbers({"x": x}),
        lambda x: plot_confusion(x, torch.tensor([0]), "ab"),
        lambda x: plot_confusion(torch.tensor([0]), x, "ab"),
    ],
    ids=["images", "kernels", "features", "numbers", "labels", "predictions"],
)
def test_what_is_no_tensor_is_refused_with_the_way_to_make_one(draw, value, kind):
    message = rf"are of type {kind}; give a tensor, \(.*stack.*from_numpy.*\.images$"
    with pytest.raises(TypeError, match=message):
        draw(value)
    assert plt.get_fignums() == []


def test_numbers_without_titles_are_refused():
    with pytest.raises(TypeError, match=r"of type Tensor; .*{\"title\": tensor}"):
        show_numbers(torch.zeros(2, 2))


def test_one_string_is_no_list_of_titles():
    with pytest.raises(TypeError, match=r"titles is 'ab' \(str\); give a list, one"):
        show_images(torch.zeros(2, 4, 4), "ab")


@pytest.mark.parametrize("columns", [2.5, "3", True])
@pytest.mark.parametrize(
    "draw",
    [
        lambda columns: show_numbers({"a": torch.zeros(2, 2)}, columns=columns),
        lambda columns: show_images(torch.zeros(2, 4, 4), columns=columns),
        lambda columns: show_kernels(torch.zeros(2, 1, 4, 4), columns=columns),
        lambda columns: show_features(torch.zeros(2, 4, 4), columns=columns),
        lambda columns: draw_network(nn.ReLU(), (1, 4, 4), columns=columns),
    ],
    ids=["numbers", "images", "kernels", "features", "network"],
)
def test_columns_are_a_whole_number(draw, columns):
    with pytest.raises(TypeError, match=rf"columns is {columns!r} .*; give a whole"):
        draw(columns)
    with pytest.raises(ValueError, match=r"columns is 0; give a whole number, 1 or mo"):
        draw(0)
    draw(np.int64(1))


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda: show_kernels(torch.zeros(0, 1, 3, 3)), r"no kernels .*\(0, 1, 3, 3\)"),
        (lambda: show_features(torch.zeros(3, 0, 4)), r"no feature maps .*\(3, 0, 4\)"),
        (lambda: show_images(torch.zeros(3, 4, 0)), r"no images .*\(3, 4, 0\)"),
    ],
)
def test_pictures_without_a_pixel_are_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


@pytest.mark.parametrize(
    "history, error, message",
    [
        ({}, ValueError, r"history is {}, without one to draw; give what `fit`"),
        ([HISTORY], TypeError, r"history is \[History\(.*; give what `fit` returned"),
        (None, TypeError, r"history is None; give what `fit` returned"),
        ({"a": HISTORY, "b": 3}, TypeError, r"history is {'a': .*{\"name\": history}"),
        (HISTORY.train, TypeError, r"history is \[Metrics\("),
    ],
)
def test_what_is_no_history_is_refused(history, error, message):
    with pytest.raises(error, match=message):
        plot_history(history)
    assert plt.get_fignums() == []


def test_scores_instead_of_class_numbers_are_refused_with_the_way_out():
    whole, scores = torch.tensor([0, 1]), torch.rand(2, 10)
    message = r"labels are torch.float32; give class numbers .*argmax\(dim=1\)"
    with pytest.raises(TypeError, match=message):
        plot_confusion(whole.float(), whole, "ab")
    with pytest.raises(TypeError, match=r"predictions are torch.float64; .*argmax"):
        plot_confusion(whole, whole.double(), "ab")
    with pytest.raises(ValueError, match=r"shape \(2, 10\); expected \(N\).*argmax"):
        plot_confusion(whole, scores, "ab")


class First(nn.Module):
    """Attention around which nothing takes its output apart."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)[0]


class Count(nn.Module):
    def forward(self, x):
        return x.flatten(1).sum(dim=1)


@pytest.mark.parametrize(
    "model, shape, message",
    [
        (nn.Conv3d(1, 2, 3), (1, 4, 4, 4), r"the input has the shape \(1, 4, 4, 4\)"),
        (
            nn.Sequential(nn.Unflatten(2, (2, 2)), nn.Conv3d(1, 2, 2)),
            (1, 4, 4),
            r"what Unflatten gives has the shape \(1, 2, 2, 4\).*layer_table",
        ),
        (Count(), (1, 4, 4), r"what sum gives is a single number"),
        (nn.Sequential(), (), r"the input is a single number"),
    ],
    ids=["conv3d", "inside", "scalar", "no axis"],
)
def test_tensors_that_cannot_be_drawn_are_refused_with_the_way_out(
    model, shape, message
):
    with pytest.raises(ValueError, match=message):
        draw_network(model, shape)
    assert plt.get_fignums() == []


def test_a_block_around_attention_can_be_drawn_as_a_whole():
    draw_network(nn.Sequential(First(), nn.Flatten()), (5, 4), whole=(First,))
    assert drawn_network() == (["5 × 4", "5 × 4", "20"], ["First", "flatten"])
    plt.close("all")
    draw_network(First(), (5, 4))  # it takes a tensor three times, but from one layer
    assert drawn_network()[1] == ["Multihead\nAttention"]


@pytest.mark.parametrize(
    "model, shape, error, message",
    [
        ("lenet", (1, 28, 28), TypeError, r"'lenet' \(str\); .*create_model\(\"lenet"),
        (LeNet(), 28, TypeError, r"input_shape is 28 \(int\)"),
        (LeNet(), (1, 1, 28, 28), RuntimeError, r"\(1, 1, 28, 28\) .*the batch axis"),
    ],
)
def test_models_and_inputs_that_cannot_be_drawn_are_refused(
    model, shape, error, message
):
    with pytest.raises(error, match=message):
        draw_network(model, shape)


@pytest.mark.parametrize(
    "show",
    [
        lambda x: show_images(x[None]),
        lambda x: show_kernels(x[None, None]),
        lambda x: show_features(x[None]),
        lambda x: show_numbers({"x": x}),
    ],
)
def test_complex_numbers_are_refused_and_tiny_ones_are_seen(show):
    with pytest.raises(TypeError, match=r"complex numbers; give their .abs\(\)"):
        show(torch.ones(3, 3) * 1j)
    show(torch.tensor([[0.0, 1.0], [2.0, 3.0]]).double() * 1e-20)
    (image,) = pictures()
    shades = image.cmap(image.norm(image.get_array()))[..., :3].sum(axis=-1)
    assert abs(shades.max() - shades.min()) > 0.5
