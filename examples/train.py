from landmark import *
import torch
import torch.optim as optim

dir_train = "data/landmark_images/train"
dir_test = "data/landmark_images/test"
file_categories = "categories.json"
file_checkpoint = "model_checkpoint.pt"
file_metrics = "model_metrics.json"
device = "cuda" if torch.cuda.is_available else "cpu"

dls = get_data_loaders(dir_train, None, dir_test, 0.25)
model = get_model_transfer()

n_epochs = 50
criterion = nn.NLLLoss()
optimizer = optim.SGD(model.classifier.parameters(), lr=0.01)
for param in model.features.parameters():
    param.requires_grad = False

train(n_epochs, dls, model, optimizer, criterion, file_checkpoint, file_metrics, device)
plot_metrics_file(file_metrics)
