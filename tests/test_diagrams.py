"""Diagrams of blocks and networks say what the real module does, and can be read."""

import itertools
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from d2lmini import create_model, draw_block, draw_network
from d2lmini.graph import graph
from d2lmini.models.densenet import DenseBlock, DenseLayer, transition
from d2lmini.models.inception import CHANNELS, Inception
from d2lmini.models.lenet import LeNet, SparseConv
from d2lmini.models.nin import nin_block
from d2lmini.models.resnet import Bottleneck, Residual
from d2lmini.models.vgg import vgg_block
from d2lmini.plot.block import _sizes
from d2lmini.plot.boxes import boxes_of
from d2lmini.plot.chain import steps_of
from d2lmini.plot.common import WIDTH
from d2lmini.plot.lanes import lanes_of
from d2lmini.plot.layout import lay_out

mpl.use("Agg")
LOOK = Path(__file__).parents[1] / "notebooks" / "matplotlibrc"


@pytest.fixture(autouse=True)
def close_figures():
    plt.close("all")
    yield
    plt.close("all")


class Block(nn.Module):
    """A convolution, and a forward pass that is given: it takes block and input."""

    def __init__(self, run, channels=4):
        super().__init__()
        self.run = run
        self.conv = nn.Conv2d(4, channels, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.same = nn.Identity()
        self.drop = nn.Dropout()

    def forward(self, x):
        return self.run(self, x)


# the graph


def nodes(run, shape=(4, 6, 6), **options):
    """Name, layer and sources of the nodes that a forward pass leads to."""
    found = graph(Block(run), shape, **options)
    names = [
        type(node.layer).__name__
        if isinstance(node.layer, nn.Module)
        else getattr(node.layer, "__name__", "input")
        for node in found.nodes
    ]
    return [(n, node.sources) for n, node in zip(names, found.nodes, strict=True)]


@pytest.mark.parametrize(
    "run, expected",
    [
        (lambda block, x: x + block.conv(x), [("Conv2d", (0,)), ("add", (0, 1))]),
        (lambda block, x: block.conv(x) + x, [("Conv2d", (0,)), ("add", (1, 0))]),
        (lambda block, x: F.relu(block.conv(x)), [("Conv2d", (0,)), ("relu", (1,))]),
        (
            lambda block, x: torch.cat([x, block.conv(input=x)], dim=1),
            [("Conv2d", (0,)), ("cat", (0, 1))],
        ),
        # in place: what comes later takes what has changed
        (
            lambda block, x: block.relu(block.conv(x)) + x,
            [("Conv2d", (0,)), ("ReLU", (1,)), ("add", (2, 0))],
        ),
        (
            lambda block, x: (y := block.conv(x)).relu_() * y,
            [("Conv2d", (0,)), ("relu_", (1,)), ("mul", (2,))],
        ),
        # nothing done: the shortcut still comes from the input
        (
            lambda block, x: block.same(x) + block.conv(x),
            [("Conv2d", (0,)), ("add", (0, 1))],
        ),
        (
            lambda block, x: F.dropout(x, training=False) + block.conv(x),
            [("dropout", (0,)), ("Conv2d", (0,)), ("add", (1, 2))],
        ),
        (
            lambda block, x: block.conv(block.drop(x)) + x,
            [("Dropout", (0,)), ("Conv2d", (1,)), ("add", (2, 0))],
        ),
        # it depends on sizes, and a part of it on nothing and leads nowhere
        (
            lambda block, x: (block.conv(x), x if len(x) else block.relu(x))[1] * 2,
            [("mul", (0,))],
        ),
        (
            lambda block, x: torch.add(*x.chunk(2, dim=1)) + torch.ones(6, 6),
            [("chunk", (0,)), ("add", (1,)), ("add", (2,))],
        ),
        (
            lambda block, x: {"both": [block.conv(x), x]},
            [("Conv2d", (0,))],
        ),
    ],
)  # fmt: skip
def test_the_graph_has_all_layers_and_functions_and_what_they_take(run, expected):
    assert nodes(run) == [("input", ()), *expected]


def test_a_graph_knows_names_shapes_and_outputs():
    found = graph(nn.Sequential(Residual(4, 8, 2), nn.Flatten()), (4, 6, 6))
    names = [node.name for node in found.nodes]
    assert names[0] == ""
    assert names[-3:] == ["0", "0", "1"]
    assert names[-5:-3] == ["0.shortcut.0", "0.shortcut.1"]
    assert [node.shape for node in found.nodes[:2]] == [(4, 6, 6), (8, 3, 3)]
    assert found.nodes[-1].shape == (8 * 3 * 3,)
    assert found.outputs == (10,)
    assert graph(Block(lambda block, x: (x, block.conv(x))), (4, 6, 6)).outputs == (
        0,
        1,
    )


def test_own_modules_without_modules_inside_are_layers_but_the_model_itself_is_not():
    class Double(nn.Module):
        def forward(self, x):
            return x.mul(2)

    inside = graph(nn.Sequential(Double()), (4, 6, 6)).nodes[1]
    assert isinstance(inside.layer, Double)
    assert graph(Double(), (4, 6, 6)).nodes[1].layer.__name__ == "mul"
    model = nn.Sequential(Residual(4, 4), Residual(4, 4))
    found = graph(model, (4, 6, 6), whole=Residual)
    assert [node.sources for node in found.nodes] == [(), (0,), (1,)]


def test_a_graph_leaves_the_model_as_it_was_and_changes_no_numbers():
    block = Residual(4, 4).train()
    before = {name: value.clone() for name, value in block.state_dict().items()}
    graph(block, (4, 6, 6))
    assert block.training
    assert not any(module._forward_hooks for module in block.modules())
    after = block.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("run", [lambda block, x: torch.ones(2), lambda block, x: 3])
def test_what_is_not_made_of_the_input_cannot_be_drawn(run):
    with pytest.raises(ValueError, match=r"what Block returns is not .*layer_table"):
        draw_block(Block(run), (4, 6, 6))
    assert plt.get_fignums() == []


@pytest.mark.parametrize("whole", ["Residual", Residual(4, 4), (int,), None])
@pytest.mark.parametrize("use", [draw_block, draw_network])
def test_what_is_no_class_of_module_is_refused_as_a_whole(use, whole):
    with pytest.raises(
        TypeError, match=r"whole has .* no class of module; give classes"
    ):
        use(Residual(4, 4), (4, 6, 6), whole=whole)


# boxes


def boxes(block, shape, **options):
    return boxes_of(graph(block, shape, **options))


def listed(found):
    """Kind, words and sources of boxes."""
    return [(box.kind, " / ".join(box.lines), box.sources) for box in found]


RELU = "batch norm, ReLU"


def test_an_inception_block_has_four_branches_that_are_put_together():
    found = boxes(Inception(CHANNELS["3a"]), (192, 28, 28))
    assert listed(found) == [
        ("input", "192 × 28 × 28", ()),
        ("conv", f"conv 1×1, 64 / {RELU}", (0,)),
        ("conv", f"conv 1×1, 96 / {RELU}", (0,)),
        ("conv", f"conv 3×3, 128 / {RELU}", (2,)),
        ("conv", f"conv 1×1, 16 / {RELU}", (0,)),
        ("conv", f"conv 3×3, 32 / {RELU}", (4,)),
        ("pool", "max pool 3×3 / stride 1", (0,)),
        ("conv", f"conv 1×1, 32 / {RELU}", (6,)),
        ("cat", "put together", (1, 3, 5, 7)),
        ("output", "256 × 28 × 28", (8,)),
    ]
    assert lanes_of(found) == [
        [0, 1, 8, 9],
        [0, 2, 3, 8, 9],
        [0, 4, 5, 8, 9],
        [0, 6, 7, 8, 9],
    ]


def test_a_residual_block_adds_its_input_or_a_projection_of_it():
    found = boxes(Residual(64, 64), (64, 56, 56))
    assert listed(found) == [
        ("input", "64 × 56 × 56", ()),
        ("conv", f"conv 3×3, 64 / {RELU}", (0,)),
        ("conv", "conv 3×3, 64 / batch norm", (1,)),
        ("sum", "+", (2, 0)),
        ("light", "ReLU", (3,)),
        ("output", "64 × 56 × 56", (4,)),
    ]
    assert lanes_of(found) == [[0, 1, 2, 3, 4, 5], [0, 3, 4, 5]]  # right: the shortcut
    assert listed(boxes(Bottleneck(256, 128, 2), (256, 56, 56)))[1:6] == [
        ("conv", f"conv 1×1, 128 / {RELU}", (0,)),
        ("conv", f"conv 3×3, 128 / stride 2 / {RELU}", (1,)),
        ("conv", "conv 1×1, 512 / batch norm", (2,)),
        ("conv", "conv 1×1, 512 / stride 2 / batch norm", (0,)),
        ("sum", "+", (3, 4)),
    ]
    plain = boxes(Residual(64, 64, shortcut=False), (64, 56, 56))
    assert [box.sources for box in plain] == [(), (0,), (1,), (2,)]


def test_a_shortcut_enters_the_sum_from_the_side():
    found = boxes(Residual(64, 64), (64, 56, 56))
    places, arrows, _ = lay_out(found, _sizes(found))
    assert arrows[0, 3][-1] == (places[3].right, places[3].y)
    assert arrows[2, 3] == [
        (places[2].x, places[2].bottom),
        (places[3].x, places[3].top),
    ]


def test_the_branches_of_a_branch_lie_side_by_side():
    def run(block, x):
        return torch.cat([x + block.conv(x), block.conv(x)], dim=1)

    found = boxes(Block(run), (4, 6, 6))
    assert [box.sources for box in found] == [(), (0,), (0, 1), (0,), (2, 3), (4,)]
    assert lanes_of(found) == [[0, 2, 4, 5], [0, 1, 2, 4, 5], [0, 3, 4, 5]]


def test_each_layer_of_a_dense_block_puts_its_input_beside_its_output():
    found = boxes(DenseBlock(2, 64, 32), (64, 8, 8))
    assert listed(found) == [
        ("input", "64 × 8 × 8", ()),
        ("conv", f"{RELU} / conv 1×1, 128", (0,)),
        ("conv", f"{RELU} / conv 3×3, 32", (1,)),
        ("cat", "put together", (0, 2)),
        ("conv", f"{RELU} / conv 1×1, 128", (3,)),
        ("conv", f"{RELU} / conv 3×3, 32", (4,)),
        ("cat", "put together", (3, 5)),
        ("output", "128 × 8 × 8", (6,)),
    ]
    assert {box.main for box in found if box.kind == "conv"} == {1}
    bars = lay_out(found, _sizes(found)).bars
    assert [[part[:3] for part in bar] for bar in bars.values()] == [
        [(64, 0, 0), (32, 2, 2)],
        [(64, 0, 3), (32, 2, 3), (32, 5, 5)],  # the first two come from the first bar
    ]
    inches = {part.width / part.channels for bar in bars.values() for part in bar}
    assert max(inches) == pytest.approx(min(inches))


def test_boxes_say_what_is_special_about_a_layer():
    model = nn.Sequential(
        *(nn.Conv2d(4, 8, (1, 3), stride=2, groups=4), nn.LeakyReLU()),
        nn.Conv2d(8, 8, 3, dilation=2, stride=(1, 2)),
        *(nn.AvgPool2d(2, stride=1), nn.ConvTranspose2d(8, 2, 2, stride=2)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3), nn.Softmax(dim=1)),
    )
    assert [" / ".join(box.lines) for box in boxes(model, (4, 20, 40))] == [
        "4 × 20 × 40",
        "conv 1×3, 8 / stride 2 / 4 groups / leaky ReLU",
        "conv 3×3, 8 / stride 1×2 / dilation 2",
        "avg pool 2×2 / stride 1",
        "transposed conv 2×2, 2 / stride 2",
        "global avg pool",
        "flatten",
        "linear, 3 / softmax",
        "3",
    ]
    tokens = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    words = [
        box.lines[0] for box in boxes(nn.Sequential(tokens, nn.Linear(8, 5)), (9, 8))
    ]
    assert words == ["9 × 8", "TransformerEncoderLayer", "linear, 5", "9 × 5"]
    words = boxes(nn.Sequential(Residual(4, 8, 2)), (4, 6, 6), whole=Residual)[1].lines
    assert words == ("Residual, 8",)


def test_meetings_that_are_neither_sums_nor_put_channels_together_are_boxes():
    def meet(function):
        found = boxes(Block(lambda block, x: function(x, block.conv(x))), (4, 6, 6))
        return found[-2].kind, found[-2].lines, found[-2].sources

    assert meet(torch.mul) == ("sum", ("×",), (0, 1))
    assert meet(torch.maximum) == ("other", ("maximum",), (0, 1))
    assert meet(lambda *maps: torch.cat(maps, dim=1))[0] == "cat"
    assert meet(lambda *maps: torch.cat(maps, dim=2))[0] == "other"
    assert meet(lambda *maps: torch.stack(maps).sum()) == ("other", ("sum",), (2,))
    two = boxes(Block(lambda block, x: (block.conv(x), x.sum())), (4, 6, 6))[-1]
    assert two[1:4] == (("4 × 6 × 6", "one number"), 0, (1, 2))


# the drawing

BLOCKS = {
    "inception": (Inception(CHANNELS["3a"]), (192, 28, 28)),
    "paper": (Inception(CHANNELS["4b"], batch_norm=False, kernel=5), (512, 14, 14)),
    "small": (Inception([c // 4 for c in CHANNELS["5b"]]), (208, 2, 2)),
    "residual": (Residual(64, 64), (64, 56, 56)),
    "projection": (Residual(64, 128, 2), (64, 56, 56)),
    "plain": (Residual(64, 64, shortcut=False), (64, 56, 56)),
    "bottleneck": (Bottleneck(256, 128, 2), (256, 56, 56)),
    "dense layer": (DenseLayer(992, 32), (992, 7, 7)),
    "dense block": (DenseBlock(4, 64, 32), (64, 8, 8)),
    "dense plain": (DenseBlock(4, 16, 8, bottleneck=False), (16, 8, 8)),
    "transition": (transition(256, 128), (256, 8, 8)),
    "vgg": (vgg_block(2, 64, 128, batch_norm=True), (64, 8, 8)),
    "nin": (nin_block(3, 96, 11, 4), (3, 224, 224)),
    "gate": (
        Block(lambda block, x: x + block.conv(x) * x.mean((2, 3), True).sigmoid()),
        (4, 6, 6),
    ),
    "branch in a branch": (
        Block(lambda block, x: torch.cat([block.conv(x), x + block.conv(x)], dim=1)),
        (4, 6, 6),
    ),
    "six": (
        Block(lambda block, x: torch.cat([block.conv(x) for _ in range(6)], dim=1)),
        (4, 6, 6),
    ),
    "vector": (nn.Linear(4, 2), (4,)),
    "function": (Block(lambda block, x: x.relu()), (4, 6, 6)),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_boxes_lie_apart_and_arrows_lead_around_them(name):
    found = boxes(*BLOCKS[name])
    layout = lay_out(found, _sizes(found))
    for a, b in itertools.combinations(layout.places, 2):
        beside = a.right < b.left or b.right < a.left
        assert beside or a.bottom > b.top or b.bottom > a.top
    arrows = {(i, j) for j, box in enumerate(found) for i in box.sources}
    assert {*layout.arrows} == arrows
    for (i, j), corners in layout.arrows.items():
        start, end = layout.places[i], layout.places[j]
        assert corners[0][1] == start.bottom
        assert start.left < corners[0][0] < start.right
        x, y = corners[-1]
        above = y == end.top and end.left < x < end.right
        aside = y == end.y and x in (end.left, end.right)
        assert above or aside
        for (x, y), (u, v) in itertools.pairwise(corners):
            assert (abs(x - u) < 1e-6) != (abs(y - v) < 1e-6)  # across, or down
            assert v <= y
            for place in layout.places:
                clear = max(x, u) < place.left or min(x, u) > place.right
                assert clear or min(y, v) >= place.top or max(y, v) <= place.bottom or (
                    place is end and aside
                )  # fmt: skip


@pytest.mark.parametrize("look", [LOOK, None], ids=["house", "matplotlib"])
@pytest.mark.parametrize("name", BLOCKS)
def test_the_words_of_a_block_can_be_read(name, look):
    with mpl.rc_context(fname=look):
        draw_block(*BLOCKS[name])
        figure = plt.gcf()
        figure.canvas.draw()
    assert figure.get_figwidth() <= WIDTH + 1e-9
    (ax,) = figure.axes
    texts = [text for text in ax.texts if text.get_text()]
    extents = [text.get_window_extent() for text in texts]
    frame = figure.bbox
    for text, box in zip(texts, extents, strict=True):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, text
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, text
        for patch in ax.patches:  # within a box or outside it, never across its edge
            around = patch.get_window_extent()
            if around.overlaps(box):
                assert around.x0 <= box.x0 < box.x1 <= around.x1, text
    for (first, box), (second, other) in itertools.combinations(
        zip(texts, extents, strict=True), 2
    ):
        lower, upper = sorted([box, other], key=lambda box: box.y0)
        lines = upper.y0 - lower.y0 > 0.6 * (lower.y1 - lower.y0)  # of one box
        assert lines or not box.overlaps(other), (first, second)


def test_parts_of_a_bar_have_the_colours_of_the_boxes_that_lead_to_them():
    draw_block(*BLOCKS["inception"])
    bars = [patch for patch in plt.gca().patches if isinstance(patch, plt.Rectangle)]
    boxes = [p for p in plt.gca().patches if p not in bars]
    assert [mpl.colors.to_hex(bar.get_facecolor()) for bar in bars] == [
        mpl.colors.to_hex(f"C{k}") for k in range(4)
    ]
    edges = [mpl.colors.to_hex(box.get_edgecolor()) for box in boxes]
    expected = [mpl.colors.to_hex(f"C{k}") for k in (0, 1, 1, 2, 2, 3, 3)]
    assert edges == expected
    widths = [bar.get_width() for bar in bars]
    assert [w / sum(widths) for w in widths] == pytest.approx(
        [1 / 4, 1 / 2, 1 / 8, 1 / 8]
    )
    words = [text.get_text() for text in plt.gca().texts]
    assert "put together: 256" in words
    arrows = [mpl.colors.to_hex(line.get_color()) for line in plt.gca().lines]
    assert [arrows.count(mpl.colors.to_hex(f"C{k}")) for k in range(4)] == [1, 1, 1, 1]
    assert arrows.count(mpl.colors.to_hex("C7")) == len(arrows) - 4


@pytest.mark.parametrize(
    "block, shape",
    [(SparseConv(), (6, 14, 14)), (nn.Sequential(*[nn.ReLU6()] * 40), (3,))],
    ids=["wide", "high"],
)
def test_blocks_too_large_to_be_read_are_refused_with_the_way_out(block, shape):
    with pytest.raises(ValueError, match=r"inches large.*whole=\(…,\).*draw_network"):
        draw_block(block, shape)
    assert plt.get_fignums() == []


# networks


def steps(name, small=False, whole=(), size=224):
    channels, size = (1, 28) if small else (3, size)
    model = create_model(name, in_channels=channels, small=small)
    found = steps_of(model, (channels, size, size), whole)
    return [(step.count, " / ".join(step.lines), step.shape) for step in found]


def test_equal_blocks_in_a_row_are_one_step_with_a_count():
    assert steps("resnet50", whole=Bottleneck) == [
        (1, "conv 7×7 / stride 2 / batch norm / ReLU", (64, 112, 112)),
        (1, "max pool 3×3 / stride 2", (64, 56, 56)),
        (3, "Bottleneck", (256, 56, 56)),
        (4, "Bottleneck", (512, 28, 28)),
        (6, "Bottleneck", (1024, 14, 14)),
        (3, "Bottleneck", (2048, 7, 7)),
        (1, "global avg / pool", (2048,)),
        (1, "linear", (10,)),
    ]
    found = steps("vgg19")
    assert [count for count, words, _ in found if "conv" in words] == [2, 2, 4, 4, 4]
    # the blocks 4a to 4c give as many channels, but are not alike inside
    counts = {count for count, words, _ in steps("googlenet", whole=Inception)}
    assert counts == {1}


def test_light_layers_stand_where_they_belong():
    found = steps("densenet121", whole=DenseBlock)
    assert [words for _, words, _ in found] == [
        *("conv 7×7 / stride 2 / batch norm / ReLU", "max pool 3×3 / stride 2"),
        *("DenseBlock / 6 layers", "batch norm / ReLU / conv 1×1", "avg pool 2×2"),
        *("DenseBlock / 12 layers", "batch norm / ReLU / conv 1×1", "avg pool 2×2"),
        *("DenseBlock / 24 layers", "batch norm / ReLU / conv 1×1", "avg pool 2×2"),
        *("DenseBlock / 16 layers", "batch norm / ReLU / global avg / pool", "linear"),
    ]
    assert [words for _, words, _ in steps("alexnet")][-4:] == [
        *("flatten", "dropout / linear / ReLU", "dropout / linear / ReLU", "linear"),
    ]


def test_own_activations_are_light_too():
    class Twice(nn.Module):
        def forward(self, x):
            return 2 * x

    model = nn.Sequential(nn.Conv2d(1, 2, 1), Twice(), nn.MaxPool2d(2), Twice())
    found = steps_of(model, (1, 4, 4), ())
    assert [step.lines for step in found] == [
        ("conv 1×1", "Twice"),
        ("max pool 2×2", "Twice"),
    ]
    assert boxes(model, (1, 4, 4))[1].lines == ("conv 1×1, 2", "Twice")
    scaled = boxes(Block(lambda block, x: block.conv(x) * 2 + 1), (4, 4, 4))[1]
    assert scaled.lines == ("conv 3×3, 4", "mul, add")


def test_layers_that_do_nothing_are_left_out():
    small = [words for _, words, _ in steps("alexnet", small=True)]
    assert "flatten" in small  # but not what pools 2 x 2 pixels to 2 x 2, nor Identity
    assert not any("global" in words or "Identity" in words for words in small)
    assert sum("pool" in words for words in small) == 2


def test_functions_are_steps_too():
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv(x)), 2)
            return torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)

    found = steps_of(Functional(), (1, 8, 8), ())
    assert [(step.lines, step.shape) for step in found] == [
        (("conv 3×3", "ReLU"), (4, 6, 6)),
        (("max pool",), (4, 3, 3)),
        (("global avg", "pool"), (4,)),
    ]


def test_blocks_are_told_apart_by_their_names_where_these_have_a_number():
    class Named(nn.Sequential):
        pass

    def words(**blocks):
        found = steps_of(nn.Sequential(), (4, 6, 6), ())
        model = nn.Sequential()
        for name, block in blocks.items():
            model.add_module(name, block)
        found = steps_of(model, (4, 6, 6), Named)
        return [(step.count, *step.lines) for step in found]

    parts = [Named(nn.ReLU(), nn.Conv2d(4, 4, 1)) for _ in range(2)]
    assert words(named3a=parts[0], named_3b=parts[1]) == [
        (1, "Named 3a"),
        (1, "Named 3b"),
    ]
    assert words(**{"4": parts[0], "last": parts[1]}) == [(2, "Named")]
    assert words(a=Named(nn.ReLU(), nn.ReLU())) == [(1, "Named", "2 layers")]


@pytest.mark.parametrize(
    "model, message",
    [
        (create_model("resnet18"), r"'stages.0.0' \(Residual\) .*whole=\(Residual,\)"),
        (create_model("googlenet"), r"'low\.\d' \(Inception\) .*whole=\(Inception,\)"),
        (create_model("densenet121"), r"'blocks.0.0' \(DenseLayer\)"),
        (
            nn.Sequential(Residual(3, 3)),
            r"in '0' \(Residual\) two layers take the same",
        ),
        (Residual(3, 3), r"in Residual two layers take .*draw_block, or make the part"),
        (
            Block(lambda block, x: (x, x.relu()), 3),
            r"Block returns 2 tensors; only cha",
        ),
    ],
)
def test_a_network_that_branches_is_refused_with_the_class_to_name(model, message):
    with pytest.raises(ValueError, match=message):
        draw_network(model, (3, 64, 64))
    assert plt.get_fignums() == []


WHOLE = (Inception, Residual, Bottleneck, DenseBlock, SparseConv)


@pytest.mark.parametrize("small", [False, True], ids=["paper", "small"])
@pytest.mark.parametrize(
    "name",
    ["alexnet", "vgg19", "nin", "googlenet", "resnet18", "resnet50", "densenet121"],
)
def test_the_words_of_a_network_can_be_read(name, small):
    channels, size = (1, 28) if small else (3, 224)
    model = create_model(name, in_channels=channels, small=small)
    with mpl.rc_context(fname=LOOK):
        draw_network(model, (channels, size, size), whole=WHOLE)
        plt.gcf().canvas.draw()
    (ax,) = plt.gcf().axes
    frame = plt.gcf().bbox
    texts = [text for text in ax.texts if text.get_text()]
    extents = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, extents, strict=True):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, text
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, text
        for patch in ax.patches:
            assert not box.overlaps(patch.get_window_extent()), text
    for box, other in itertools.combinations(extents, 2):
        assert not box.overlaps(other)


def test_blocks_stand_in_boxes_and_counts_in_words():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *[Residual(4, 4)] * 3)
    model.append(nn.Sequential(*[nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()] * 2))
    draw_network(model, (3, 8, 8), whole=Residual)
    captions = [t for t in plt.gca().texts if t.get_text() and t.get_weight() != "bold"]
    assert [text.get_text() for text in captions] == [
        *("conv 3×3", "3 × Residual", "conv 3×3\nReLU\n2 times"),
    ]
    boxed = [text.get_bbox_patch() is not None for text in captions]
    assert boxed == [False, True, False]
    assert steps_of(LeNet(), (1, 28, 28), ())[-1].shape == (10,)
