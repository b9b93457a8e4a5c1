"""`train` (`loop`): a model learnt from loaders, epoch after epoch, in a run that can be killed and goes on."""

from landmark.training.loop import check_model_fits, pick_device, train

__all__ = ["check_model_fits", "pick_device", "train"]
