"""The epoch loop on a tiny network: resuming is bit-equal, schedules and selection are as said."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from seedmask.config.length import length_of
from seedmask.config.networks import Optimiser
from seedmask.errors import SeedmaskError
from seedmask.job import Job
from seedmask.storage.training import Training, only_training
from seedmask.training.epochs import EpochRunner
from seedmask.training.optimisers import parameter_groups
from seedmask.training.trainer import fit

SETTINGS = Optimiser(epochs=4, least_steps=0, batch_size=3, lr=0.1, seed=5)


class Samples:
    """Seven points of a plane; each view is moved by its own seed."""

    def __len__(self):
        return 7

    def view(self, number, seed):
        noise = torch.randn(2, generator=torch.Generator().manual_seed(seed))
        return torch.tensor([number / 7, -number / 7]) + 0.1 * noise, torch.tensor([float(number % 2)])


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))


def loss(network, batch):
    points, wanted = batch
    return nn.functional.mse_loss(network(points), wanted)


class StopError(Exception):
    """Stands for a kill."""


def train(folder, settings=SETTINGS, stop_after=None, inputs=None, **options):
    job = Job(stage="segmenters", variant="x", results=folder, settings={}, basis={})
    made = network()

    def after_epoch(_):
        if stop_after is not None and training.resume() and len(training.resume()["metrics"]) >= stop_after:
            raise StopError
        return {}

    options = {"after_epoch": after_epoch, **options}
    with only_training(job, inputs or {}) as training:
        groups = parameter_groups(made, made[0], settings)
        return fit(made, groups, Samples(), loss, settings, training, "cpu", **options)


def assert_equal(first, second):
    weights, metrics = first
    assert metrics == second[1]
    assert all(torch.equal(weights[name], second[0][name]) for name in weights)


@pytest.mark.parametrize("decay_to", ["zero", "start"])
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_stopped_training_goes_on_bit_equal(tmp_path, stop_after, optimiser, decay_to):
    settings = SETTINGS.model_copy(update={"optimiser": optimiser, "decay_to": decay_to, "weight_decay": 0.5})
    undisturbed = train(tmp_path / "whole", settings)
    with pytest.raises(StopError):
        train(tmp_path / "stopped", settings, stop_after=stop_after)
    torch.manual_seed(99)  # whatever the process did before
    assert_equal(train(tmp_path / "stopped", settings), undisturbed)


def test_many_short_epochs_share_checkpoints_and_go_on_bit_equal(tmp_path, monkeypatch):
    monkeypatch.setattr("seedmask.training.trainer.CHECKPOINTS", 4)
    settings = SETTINGS.model_copy(update={"epochs": 11})
    undisturbed = train(tmp_path / "whole", settings)
    with pytest.raises(StopError):
        train(tmp_path / "stopped", settings, stop_after=2)
    written = []
    save = Training.save
    monkeypatch.setattr(Training, "save", lambda self, state: (written.append(state["metrics"][-1]), save(self, state)))
    assert_equal(train(tmp_path / "stopped", settings), undisturbed)
    assert [one["epoch"] for one in written] == [6, 9]


def test_the_optimisers_differ(tmp_path):
    first, other = train(tmp_path / "a"), train(tmp_path / "b", SETTINGS.model_copy(update={"optimiser": "adamw"}))
    assert first[1] != other[1]


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_a_huge_decay_to_the_start_keeps_a_network_as_it_was(tmp_path, optimiser):
    huge = {"optimiser": optimiser, "momentum": 0.0, "lr": 1e-7, "head_lr_factor": 1, "weight_decay": 1e6, "power": 0}
    start = network().state_dict()
    kept, _ = train(tmp_path / "start", SETTINGS.model_copy(update={**huge, "decay_to": "start", "least_steps": 100}))
    lost, _ = train(tmp_path / "zero", SETTINGS.model_copy(update={**huge, "least_steps": 100}))
    assert all((kept[name] - start[name]).abs().max() < 1e-4 for name in start)
    assert all(lost[name].abs().max() < 1e-4 for name in start)


def test_few_pictures_are_seen_until_there_are_least_steps_and_the_log_says_so(tmp_path, caplog):
    with caplog.at_level("INFO"):
        _, metrics = train(tmp_path, SETTINGS.model_copy(update={"least_steps": 19}))
    assert len(metrics) == 10
    assert "training: 7 pictures, 2 steps an epoch, 10 epochs, 20 steps in all, as `least_steps` asks" in caplog.text


@pytest.mark.parametrize(("falls", "warned"), [(1.0, False), (0.8, True)])
def test_a_loss_that_falls_until_the_end_is_warned_of(tmp_path, caplog, falls, warned):
    batches = []

    def falling(made, batch):
        batches.append(None)
        return 0 * loss(made, batch) + falls ** (len(batches) // 2)

    made = network()
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training:
        fit(made, parameter_groups(made, made[0], SETTINGS), Samples(), falling, SETTINGS, training, "cpu")
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any(warning.startswith("the loss still fell by") for warning in warnings) == warned


def test_a_checkpoint_of_other_inputs_is_not_gone_on_with(tmp_path):
    with pytest.raises(StopError):
        train(tmp_path, stop_after=2, inputs={"masks": "old"})
    assert_equal(train(tmp_path, inputs={"masks": "new"}), train(tmp_path / "fresh"))


def test_another_seed_trains_another_network(tmp_path):
    first, other = train(tmp_path / "a"), train(tmp_path / "b", SETTINGS.model_copy(update={"seed": 6}))
    assert first[1] != other[1]


def test_the_learning_rate_decays_as_the_polynomial_says(tmp_path):
    rates = []

    def watching(network, batch):
        rates.append(None)
        return loss(network, batch)

    settings = SETTINGS.model_copy(update={"momentum": 0.0, "weight_decay": 0.0})
    made = network()
    groups = parameter_groups(made, made[0], settings)
    assert [group["lr"] for group in groups] == [0.1, 0.1, 1.0, 1.0]
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training:
        fit(made, groups, Samples(), watching, settings, training, "cpu")
        state = training.resume()
    assert len(rates) == 4 * (7 // 3)
    assert state["decay"]["_last_lr"] == [0.0] * 4


def test_biases_and_new_layers_have_their_own_rates_and_decay():
    settings = SETTINGS.model_copy(update={"bias_lr_factor": 2, "decay_biases": False, "weight_decay": 0.5})
    made = network()
    groups = parameter_groups(made, made[0], settings)
    found = [(group["params"][0].ndim, group["lr"], group["weight_decay"]) for group in groups]
    assert found == [(2, 0.1, 0.5), (1, 0.2, 0.0), (2, 1.0, 0.5), (1, 2.0, 0.0)]


def test_an_exact_number_of_steps_ends_within_an_epoch_at_the_least_rate(tmp_path):
    settings = SETTINGS.model_copy(update={"steps": 5, "min_lr": 0.02})
    seen = []

    def watching(net, batch):
        seen.append(len(batch[0]))
        return loss(net, batch)

    made = network()
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training:
        fit(made, parameter_groups(made, made[0], settings), Samples(), watching, settings, training, "cpu")
        state = training.resume()
    assert len(seen) == 5
    assert len(state["metrics"]) == 3
    assert state["decay"]["_last_lr"] == pytest.approx([0.02, 0.02, 0.2, 0.2])


def test_frozen_parts_stay_in_eval_mode(tmp_path):
    made = network()
    modes = []

    def watching(net, batch):
        modes.append(net[2].training)
        return loss(net, batch)

    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training:
        groups = parameter_groups(made, made[0], SETTINGS)
        fit(made, groups, Samples(), watching, SETTINGS, training, "cpu", frozen=[made[2]])
    assert modes
    assert not any(modes)


def test_the_best_epoch_is_kept_where_one_is_asked_for_and_the_last_otherwise(tmp_path):
    numbers = iter([0.1, 0.9, 0.5, 0.2])
    seen = []

    def after_epoch(net):
        seen.append({name: tensor.clone() for name, tensor in net.state_dict().items()})
        return {"mAP": next(numbers)}

    best, _ = train(tmp_path / "a", after_epoch=after_epoch, better=lambda new, best: new["mAP"] >= best["mAP"])
    assert all(torch.equal(best[name], seen[1][name]) for name in best)
    last, _ = train(tmp_path / "b")
    assert all(torch.equal(last[name], seen[3][name]) for name in last)


def test_a_loss_that_is_not_finite_stops_with_what_to_do(tmp_path):
    with pytest.raises(SeedmaskError, match=r"loss of epoch 1 is nan.*lower `lr`"):
        made = network()
        job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
        with only_training(job, {}) as training:
            groups = parameter_groups(made, made[0], SETTINGS)
            fit(made, groups, Samples(), lambda n, b: loss(n, b) * float("nan"), SETTINGS, training, "cpu")


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (lambda n, b: loss(n, b).item(), "float"),
        (lambda n, b: n(b[0]), r"shape \(3, "),
        (lambda n, b: torch.ones(()), r"\(\)"),
    ],
)
def test_a_loss_that_is_no_number_to_learn_from_is_named(tmp_path, wrong, found):
    made = network()
    job = Job(
        stage="segmenters", variant="x", results=tmp_path, settings={}, basis={}, made_by="loss focal of package a 1"
    )
    groups = parameter_groups(made, made[0], SETTINGS)
    with (
        only_training(job, {}) as training,
        pytest.raises(SeedmaskError, match=rf"loss focal of package a 1: gave a loss of .*{found}.*; mend it"),
    ):
        fit(made, groups, Samples(), wrong, SETTINGS, training, "cpu")


def test_fewer_pictures_than_a_batch_make_one_batch(tmp_path):
    _, metrics = train(tmp_path, SETTINGS.model_copy(update={"batch_size": 50}))
    assert len(metrics) == 4


class Toy(nn.Module):
    """Three slow numbers, two fast ones, and a fast one that no loss looks at."""

    def __init__(self, start):
        super().__init__()
        self.slow = nn.ParameterList([nn.Parameter(start[:3].clone())])
        self.fast = nn.Parameter(start[3:5].clone())
        self.unused = nn.Parameter(start[5:].clone())


def test_decay_momentum_and_clipping_equal_those_of_the_reference(tmp_path):
    """SFC's optimiser: the learning rate of new layers ten times that of old ones, weight decay in momentum's place."""
    case = np.load(Path(__file__).parents[1] / "golden" / "sfc" / "poly_sgd.npz")
    toy, seen = Toy(torch.as_tensor(case["init_f64"])), []

    def objective(network, _batch):
        seen.append(torch.cat([network.slow[0], network.fast, network.unused]).detach().clone())
        return 0.5 * network.slow[0].square().sum() + network.fast.pow(3).sum()

    rates = {"lr": 0.1, "head_lr_factor": 10, "momentum": float(case["momentum_f64"]), "weight_decay": 1e-4}
    settings = Optimiser(epochs=1, steps=int(case["max_step"]), batch_size=7, power=0.9, clip_norm=1, **rates)
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training:
        weights, _ = fit(
            toy, parameter_groups(toy, toy.slow, settings), Samples(), objective, settings, training, "cpu"
        )
    seen.append(torch.cat([weights["slow.0"], weights["fast"], weights["unused"]]))
    np.testing.assert_allclose(torch.stack(seen[1:]), case["params_f64"][: len(seen) - 1], rtol=0, atol=1e-12)
    assert len(seen) == case["max_step"] + 1


class Counter:
    """State of a loss: the number of steps."""

    def __init__(self):
        self.steps = 0

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


def test_what_a_loss_remembers_is_in_the_checkpoint(tmp_path):
    def counted(counter):
        def step(network, batch):
            counter.steps += 1
            return loss(network, batch) * counter.steps

        return step

    whole, first, second = Counter(), Counter(), Counter()
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})

    def go(folder, counter, stop=False):
        made = network()

        def after_epoch(_):
            if stop and training.resume():
                raise StopError
            return {}

        with only_training(job.model_copy(update={"results": folder}), {}) as training:
            groups = parameter_groups(made, made[0], SETTINGS)
            options = {"loss_state": counter, "after_epoch": after_epoch}
            return fit(made, groups, Samples(), counted(counter), SETTINGS, training, "cpu", **options)

    undisturbed = go(tmp_path / "whole", whole)
    with pytest.raises(StopError):
        go(tmp_path / "stopped", first, stop=True)
    assert_equal(go(tmp_path / "stopped", second), undisturbed)
    assert second.steps == whole.steps == 8


def steps_of(monkeypatch, tmp_path, **changes):
    """Learning rates of all steps of a training, and the sizes of the batches before each."""
    batches, taken = [], []

    def watching(network, batch):
        batches.append(len(batch[0]))
        return loss(network, batch)

    def step(optimiser, *_, **__):
        taken.append((optimiser.param_groups[0]["lr"], tuple(batches)))
        batches.clear()

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    settings = SETTINGS.model_copy(update={"epochs": 2, **changes})
    made = network()
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training:
        fit(made, parameter_groups(made, nn.Identity(), settings), Samples(), watching, settings, training, "cpu")
    return taken


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [(3,), (3,)]),
        ({"incomplete_batch": True}, [(3,), (3,), (1,)]),
        ({"accumulate": 2}, [(3, 3)]),
        ({"accumulate": 2, "incomplete_batch": True}, [(3, 3), (1,)]),
    ],
)
def test_a_step_takes_as_many_batches_as_are_asked_for(monkeypatch, tmp_path, changes, expected):
    assert [sizes for _, sizes in steps_of(monkeypatch, tmp_path, **changes)] == expected * 2


def test_rates_change_every_so_many_steps_or_at_the_start_of_an_epoch(monkeypatch, tmp_path):
    slow = [rate for rate, _ in steps_of(monkeypatch, tmp_path / "slow", lr_every=3, power=1, head_lr_factor=1)]
    np.testing.assert_allclose(slow, [0.1, 0.1, 0.1, 0.025])
    stepped = {"decay_epochs": (1,), "head_lr_factor": 1, "incomplete_batch": True}
    found = [rate for rate, _ in steps_of(monkeypatch, tmp_path / "stepped", **stepped)]
    np.testing.assert_allclose(found, [0.1] * 3 + [0.01] * 3)


def test_batches_of_a_step_give_the_gradient_of_their_union(tmp_path):
    whole = SETTINGS.model_copy(update={"batch_size": 6, "epochs": 1})
    parts = SETTINGS.model_copy(update={"batch_size": 3, "accumulate": 2, "epochs": 1})
    still = [part for part in network() if isinstance(part, nn.Dropout)]
    assert still

    def without_dropout(network, batch):
        return loss(nn.Sequential(*(part for part in network if not isinstance(part, nn.Dropout))), batch)

    found = []
    for name, settings in (("whole", whole), ("parts", parts)):
        made = network()
        job = Job(stage="segmenters", variant="x", results=tmp_path / name, settings={}, basis={})
        with only_training(job, {}) as training:
            groups = parameter_groups(made, made[0], settings)
            found.append(fit(made, groups, Samples(), without_dropout, settings, training, "cpu")[0])
    for name, weight in found[0].items():
        torch.testing.assert_close(found[1][name], weight)


@pytest.mark.parametrize("changes", [{"accumulate": 2}, {"incomplete_batch": True, "nesterov": True}])
def test_trainings_with_steps_of_several_batches_go_on_bit_equal(tmp_path, changes):
    settings = SETTINGS.model_copy(update={"decay_epochs": (1, 2), **changes})
    undisturbed = train(tmp_path / "whole", settings)
    with pytest.raises(StopError):
        train(tmp_path / "cut", settings, stop_after=2)
    assert_equal(train(tmp_path / "cut", settings), undisturbed)


class Cramped(nn.Module):
    """A network that runs out of memory with batches of a size, after so many calls."""

    def __init__(self, most, calls=0):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
        self.most, self.calls = most, calls

    def forward(self, points):
        self.calls -= 1
        found = self.layers(points)  # batch norms have seen the batch by then
        if self.calls < 0 and len(points) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore lines.")
        return found


def job_in(folder):
    return Job(stage="segmenters", variant="x", results=folder, settings={}, basis={})


def train_cramped(folder, made, settings, stop_after=None):
    def after_epoch(_):
        if stop_after is not None and len((training.resume() or {"metrics": []})["metrics"]) >= stop_after:
            raise StopError
        return {}

    with only_training(job_in(folder), {}) as training:
        groups = parameter_groups(made, made.layers[0], settings)
        return fit(made, groups, Eight(), loss, settings, training, "cpu", after_epoch=after_epoch)


class Eight(Samples):
    """One point more, so that no half is a single point."""

    def __len__(self):
        return 8


HALVED = SETTINGS.model_copy(update={"batch_size": 4, "lr": 0.01, "head_lr_factor": 1.0})


def test_a_batch_that_does_not_fit_is_halved_once_and_said(tmp_path, caplog):
    train_cramped(tmp_path / "a", Cramped(most=2), HALVED)
    warning = "out of memory with `batch_size: 4` (CUDA out of memory. Tried to allocate 2.00 GiB)"
    assert caplog.text.count(warning) == 1


def test_the_gradient_of_two_halves_is_that_of_the_whole_batch(tmp_path):
    plain = [Cramped(most=4), Cramped(most=2)]
    for made in plain:
        made.layers[1] = nn.Identity()  # no batch norm
    whole, halves = (train_cramped(tmp_path / str(made.most), made, HALVED) for made in plain)
    for name in whole[0]:
        torch.testing.assert_close(halves[0][name], whole[0][name], rtol=1e-5, atol=1e-6)
    assert [one["loss"] for one in halves[1]] == pytest.approx([one["loss"] for one in whole[1]])


@pytest.mark.parametrize("stop_after", [1, 2, 3])
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_a_halved_training_goes_on_bit_equal_wherever_it_was_halved(tmp_path, calls, stop_after):
    undisturbed = train_cramped(tmp_path / "whole", Cramped(2, calls), HALVED)
    with pytest.raises(StopError):
        train_cramped(tmp_path / "stopped", Cramped(2, calls), HALVED, stop_after)
    # The next process may have enough memory, but halving stays; without a checkpoint it meets the same batch again.
    with only_training(job_in(tmp_path / "stopped"), {}) as training:
        done = training.resume()
    left = 99 if done["parts"] == 2 else calls - 2 * len(done["metrics"])
    assert_equal(train_cramped(tmp_path / "stopped", Cramped(2, left), HALVED), undisturbed)


@pytest.mark.parametrize(("batch_size", "most"), [(4, 1), (1, 0)])
def test_halves_that_do_not_fit_are_an_error_that_names_what_to_lower(tmp_path, batch_size, most):
    settings = HALVED.model_copy(update={"batch_size": batch_size})
    made = Cramped(most)
    made.layers[1] = nn.Identity()
    with pytest.raises(SeedmaskError, match=r"out of memory .*lower `batch_size`.*or `crop` in `augmentation`"):
        train_cramped(tmp_path, made, settings)


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1), (2, 1)])
def test_a_batch_norm_that_has_a_single_picture_says_what_to_raise(tmp_path, batch_size, most):
    settings = HALVED.model_copy(update={"batch_size": batch_size})
    with pytest.raises(SeedmaskError, match=r"from 1 picture at once; raise `batch_size`.*`frozen_batch_norm: true`"):
        train_cramped(tmp_path, Cramped(most), settings)


def test_several_processes_are_not_halved(tmp_path):
    settings = HALVED.model_copy(update={"processes": 2})
    with pytest.raises(SeedmaskError, match="out of memory with `processes: 2` of `batch_size: 4`"):
        train_cramped(tmp_path, Cramped(2), settings)


def test_networks_on_the_cpu_compute_in_single_precision_and_nothing_is_said_of_it(tmp_path, caplog):
    seen = []

    def watching(network, batch):
        seen.append(torch.is_autocast_enabled("cpu"))
        return loss(network, batch)

    made = network()
    job = Job(stage="segmenters", variant="x", results=tmp_path, settings={}, basis={})
    with only_training(job, {}) as training, caplog.at_level("INFO"):
        assert SETTINGS.amp
        fit(made, parameter_groups(made, made[0], SETTINGS), Samples(), watching, SETTINGS, training, "cpu")
    assert seen
    assert not any(seen)
    assert "precision" not in caplog.text


@pytest.mark.parametrize(("supported", "said"), [(True, False), (False, True)])
def test_a_gpu_without_bfloat16_computes_in_single_precision_and_says_so(monkeypatch, caplog, supported, said):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: supported)
    with caplog.at_level("INFO"):
        made = EpochRunner(loss, Samples(), SETTINGS, length_of(SETTINGS, 7), "cuda", "a test")
    assert made.is_half == supported
    assert ("this GPU has no bfloat16: computing in single precision" in caplog.text) == said
