import json
from landmark import *
import torch

file_categories = "categories.json"
file_testme = "testme.jpg"
device = "cuda" if torch.cuda.is_available else "cpu"
with open(file_categories, "r") as f:
    d_categories = json.load(f)

model = get_model_transfer()
model.load_state_dict(torch.load("model_checkpoint.pt"))
plot_top_k_categories(model, file_testme, d_categories, 3, device)
