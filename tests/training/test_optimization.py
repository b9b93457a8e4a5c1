"""Optimizer, schedule and loss as a recipe asks for them."""

import pytest

torch = pytest.importorskip("torch")

from landmark.training.networks import get_model_transfer  # noqa: E402
from landmark.training.optimization import make_criterion, make_optimizer, make_scheduler  # noqa: E402
from landmark.training.recipe import Recipe  # noqa: E402


def rates(recipe: Recipe) -> dict[str, float]:
    """The rate of each weight by name."""
    model = get_model_transfer(3, backbone="resnet10t", weights=None)
    by_id = {id(weight): name for name, weight in model.named_parameters()}
    groups = make_optimizer(model, recipe).param_groups
    found = {by_id[id(weight)]: group["lr"] for group in groups for weight in group["params"]}
    assert set(found) == set(by_id.values()), "every weight learns, and in one group"
    return found


def test_one_rate_for_the_backbone_and_one_for_the_head() -> None:
    found = rates(Recipe(learning_rate=1e-3, head_learning_rate=1e-2))
    assert {name for name, rate in found.items() if rate == 1e-2} == {"classifier.0.weight", "classifier.0.bias"}
    assert {rate for name, rate in found.items() if name.startswith("features")} == {1e-3}


def test_with_layer_decay_the_first_layers_learn_least() -> None:
    found = rates(Recipe(learning_rate=1e-3, head_learning_rate=1e-2, layer_decay=0.5))
    stem, early, late = (
        next(rate for name, rate in found.items() if name.startswith(f"features.{part}"))
        for part in ("conv1", "layer1", "layer4")
    )
    assert stem < early < late <= 1e-3
    assert found["classifier.0.weight"] == 1e-2


def test_rare_landmarks_may_count_more() -> None:
    assert make_criterion(Recipe(), [90, 10]).weight is None
    weights = make_criterion(Recipe(class_weights=1.0), [90, 10]).weight
    assert weights is not None
    assert (weights * torch.tensor([90, 10])).tolist() == pytest.approx([50, 50]), "each landmark counts the same"


def test_the_schedule_counts_steps_not_batches() -> None:
    recipe = Recipe(epochs=2, accumulate=4, warm_up_epochs=0.5, head_learning_rate=1e-2)
    optimizer = make_optimizer(get_model_transfer(3, backbone="resnet10t", weights=None), recipe)
    scheduler = make_scheduler(optimizer, recipe, 10)  # 3 steps an epoch
    seen = []
    for _ in range(6):
        seen.append(max(group["lr"] for group in optimizer.param_groups))
        optimizer.step()
        scheduler.step()
    assert seen[2] == pytest.approx(1e-2) and seen[0] < seen[1] < seen[2] > seen[3] > seen[5]
