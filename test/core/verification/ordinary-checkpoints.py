"""Writes what people save with PyTorch into the folder that is given."""
import argparse, os, pickle, sys, warnings

warnings.filterwarnings("ignore")
import numpy as np
import torch
import torch.nn as nn


def path(name):
    return os.path.join(sys.argv[1], name)


model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2))
optimizer = torch.optim.AdamW(model.parameters())
model(torch.rand(2, 1, 4, 4)).sum().backward()
optimizer.step()
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
checkpoint = {
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "scheduler": scheduler.state_dict(),
    "epoch": 3,
    "best": np.float64(0.5),
    "torch": torch.__version__,
    "rng": torch.get_rng_state(),
}
torch.save(checkpoint, path("checkpoint.pt"))
for name, value in {
    "state": model.state_dict(),
    "model": model,
    "transformer": nn.Transformer(8, 2, 1, 1, 16),
    "lstm": nn.LSTM(2, 2),
    "types": [torch.rand(2).to(kind) for kind in (torch.float16, torch.bfloat16, torch.float64)] + [torch.arange(3)],
    "optimizers": [getattr(torch.optim, name)(model.parameters(), lr=0.1) for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS")],
    "schedulers": [torch.optim.lr_scheduler.StepLR(optimizer, 2), scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)],
    "wrapped": [nn.DataParallel(model), torch.optim.swa_utils.AveragedModel(model), nn.utils.weight_norm(nn.Linear(2, 2))],
    "results": [argparse.Namespace(rate=0.1), torch.rand(3).max(0), torch.rand(3).sort(), nn.utils.rnn.pack_sequence([torch.rand(2)]), torch.float8_e8m0fnu],
    "odd": {"sparse": torch.eye(2).to_sparse(), "size": torch.Size([1]), "device": torch.device("cpu"), "array": np.zeros(3)},
}.items():
    torch.save(value, path(f"{name}.pt"))
    if name != "odd":
        torch.save(value, path(f"{name}-legacy.pt"), _use_new_zipfile_serialization=False)
for protocol in (1, 2, 4):
    with open(path(f"model.{protocol}.pkl"), "wb") as file:
        pickle.dump(model, file, protocol=protocol)


def pruned():
    from torch.nn.utils import prune

    layer = nn.Linear(4, 4)
    prune.l1_unstructured(layer, "weight", 0.5)
    return layer


def schedulers():
    from torch.optim import lr_scheduler, swa_utils

    return [swa_utils.SWALR(optimizer, 0.1), lr_scheduler.CyclicLR(optimizer, 0.1, 0.2, cycle_momentum=False)]


for name, value in {
    "pruned": pruned(),
    "more-schedulers": schedulers(),
    "scaler": torch.amp.GradScaler("cpu"),
    "distributions": [torch.distributions.Normal(0.0, 1.0), torch.distributions.Categorical(torch.ones(3))],
    "data": torch.utils.data.random_split(torch.utils.data.TensorDataset(torch.rand(4, 2)), [2, 2]),
    "spectral": nn.utils.spectral_norm(nn.Linear(2, 2)),
}.items():
    torch.save(value, path(f"{name}.pt"))

import torchvision
from torchvision.transforms import v2

for name in ("resnet18", "mobilenet_v3_small", "efficientnet_b0", "vit_b_16", "convnext_tiny", "swin_t", "densenet121"):
    with torch.device("meta"):
        torch.save(torchvision.models.get_model(name, weights=None), path(f"torchvision-{name}.pt"))
with torch.device("meta"):
    torch.save(torchvision.models.detection.fasterrcnn_mobilenet_v3_large_fpn(weights=None, weights_backbone=None), path("torchvision-detection.pt"))
torch.save(v2.Compose([v2.Resize(224), v2.ToImage(), v2.ToDtype(torch.float32), v2.Normalize([0.5], [0.5])]), path("transforms.pt"))
