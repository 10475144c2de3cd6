"""d2lmini: the small library under the course on convolutional networks."""

from d2lmini.data import ImageData, load_data
from d2lmini.data.batches import make_loader, random_flip, random_shift
from d2lmini.geometry import output_size, receptive_field
from d2lmini.models import MODELS, create_model
from d2lmini.plot import (
    draw_block,
    draw_network,
    plot_confusion,
    plot_history,
    show_features,
    show_images,
    show_kernels,
    show_numbers,
)
from d2lmini.pretrained import load_pretrained
from d2lmini.results import load_results
from d2lmini.run import best_device, pick, set_seed
from d2lmini.summary import count_parameters, layer_table
from d2lmini.train import History, Metrics, evaluate, fit, predict, train_epoch

__all__ = [
    "MODELS",
    "History",
    "ImageData",
    "Metrics",
    "best_device",
    "count_parameters",
    "create_model",
    "draw_block",
    "draw_network",
    "evaluate",
    "fit",
    "layer_table",
    "load_data",
    "load_pretrained",
    "load_results",
    "make_loader",
    "output_size",
    "pick",
    "plot_confusion",
    "plot_history",
    "predict",
    "random_flip",
    "random_shift",
    "receptive_field",
    "set_seed",
    "show_features",
    "show_images",
    "show_kernels",
    "show_numbers",
    "train_epoch",
]
