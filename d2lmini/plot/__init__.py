"""Pictures of images, kernels, feature maps, histories, confusions and networks.

Each function draws one figure and returns nothing: a notebook shows the figure by
itself, a script calls `plt.show()`. Matplotlib is imported when the first is drawn.
"""

from d2lmini.plot.arrays import show_features, show_images, show_kernels
from d2lmini.plot.block import draw_block
from d2lmini.plot.cells import show_numbers
from d2lmini.plot.network import draw_network
from d2lmini.plot.training import plot_confusion, plot_history

__all__ = [
    "draw_block",
    "draw_network",
    "plot_confusion",
    "plot_history",
    "show_features",
    "show_images",
    "show_kernels",
    "show_numbers",
]
