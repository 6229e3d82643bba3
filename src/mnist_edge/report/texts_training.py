"""The words of head, summary and training, and names that several sections share: key to English and Chinese."""

from __future__ import annotations

from typing import Final

TRAINING: Final[dict[str, tuple[str, str]]] = {
    "page.title": ("{name} – model report", "{name} – 模型报告"),
    "page.kicker": ("Handwritten digits · model report", "手写数字识别 · 模型报告"),
    "page.lead": (
        "{correct} of {total} {data} test digits read right: an accuracy of {accuracy}, with 95% confidence between "
        "{low} "
        "and {high}.",
        "{data} 测试集 {total} 张图片中答对 {correct} 张：准确率 {accuracy}，95% 置信区间为 {low} 至 {high}。",
    ),
    "page.contents": ("Contents", "目录"),
    "page.footer": (
        "Made by mnist-edge {version} on {date} (UTC). This page is one file and loads nothing from the network.",
        "由 mnist-edge {version} 于 {date}（UTC）生成。本页为单个文件，不从网络加载任何内容。",
    ),
    "of": ("{part} of {whole}", "{part} / {whole}"),
    "images.one": ("{number} image", "{number} 张图片"),
    "images.many": ("{number} images", "{number} 张图片"),
    "list.separator": (", ", "、"),
    "custom": ("custom", "自定义"),
    "summary.other_weights": (
        "{keras} and {onnx} are two models: same layers, other weights. Unless it says otherwise, this page is about "
        "{this}.",
        "{keras} 与 {onnx} 是两个模型：结构相同，权重不同。除另有说明外，本页内容均针对 {this}。",
    ),
    "summary.title": ("Summary", "总结"),
    "summary.test_accuracy": ("Test accuracy", "测试准确率"),
    "summary.interval": ("95%: {low} to {high}", "95%：{low} 至 {high}"),
    "summary.per_picture": ("for one picture", "每张图片"),
    "summary.best": ("weights of epoch {epoch}", "取第 {epoch} 轮的权重"),
    "summary.epochs": ("{all}; the weights are those of epoch {best}", "{all}，采用第 {best} 轮的权重"),
    "summary.latency": ("Latency", "延迟"),
    "summary.p50": ("median, network alone", "中位数，仅网络"),
    "summary.data": (
        "{name}: {train} training and {test} test images",
        "{name}：训练图片 {train} 张，测试图片 {test} 张",
    ),
    "summary.other_data": ("other data than this page shows, hash {hash}", "与本页所示不同的数据，哈希 {hash}"),
    "samples.title": ("Sample images", "样本图像"),
    "samples.text": (
        "{train} training and {test} test images of 28×28 pixels, white ink on black, each labelled with its digit.",
        "训练图片 {train} 张，测试图片 {test} 张，均为 28×28 像素的黑底白字，并标注了对应的数字。",
    ),
    "samples.alt": ("Training images with their labels: {count}", "{count} 张训练图片及其标签"),
    "samples.caption": (
        "Training images, chosen with seed {seed}; shown in the page's own ink.",
        "按随机种子 {seed} 选取的训练图片，以页面的墨色显示。",
    ),
    "training.title": ("Training", "训练过程"),
    "training.alt": (
        "Curves of training and validation accuracy and loss by epoch ({epochs} in all)",
        "{epochs} 轮训练中训练集与验证集的准确率和损失曲线",
    ),
    "training.caption": (
        "Training figures are means over an epoch in which the network still improves; validation is measured at its end.",
        "训练指标是一轮训练过程中的平均值，其间网络仍在改进；验证指标在每轮结束时测量。",
    ),
    "training.penalty": (
        " The losses of this run hold its L2 penalty or label smoothing; the test loss does not.",
        "该训练的损失包含 L2 惩罚项或标签平滑的影响，测试损失则不包含。",
    ),
    "training.eleven": (
        " The losses count an eleventh answer, none, and the training loss holds pictures of no digit.",
        "损失还计入第十一个答案“无数字”，训练损失包含非数字图像。",
    ),
    "training.taught": (
        " The training loss holds the distance to the teacher, too; the validation loss does not.",
        "训练损失还包含与教师网络的差距，验证损失不包含。",
    ),
    "training.of_other": (
        "{keras} has other weights than {onnx}, so its training is not shown.",
        "{keras} 与 {onnx} 的权重不同，因此不显示其训练过程。",
    ),
    "training.onnx_only": (
        "An ONNX file keeps no history of its training. With the run folder beside it the curves appear here:",
        "ONNX 文件不保存训练历史。加上训练目录即可在此显示曲线：",
    ),
    "training.no_run": (
        "{file} does not lie in a run folder of mnist-edge train, so its history is not known.",
        "{file} 不在 mnist-edge train 的训练目录中，因此没有训练历史。",
    ),
    "training.unfinished": ("This training is not finished. Go on with", "该训练尚未完成。可用以下命令继续："),
    "training.no_history": ("The run folder holds no history of its epochs.", "训练目录中没有逐轮训练历史。"),
    "fit.good": (
        "A good fit: training accuracy {accuracy} and validation accuracy {val_accuracy} end close together, and the "
        "validation loss shows no lasting rise: its lowest is {lowest_loss} in epoch {lowest}, and {val_loss} at the end.",
        "拟合良好：训练准确率 {accuracy} 与验证准确率 {val_accuracy} 最终接近，验证损失没有持续上升：最低为 {lowest_loss}"
        "（第 {lowest} 轮），结束时为 {val_loss}。",
    ),
    "fit.overfitting_loss": (
        "Overfitting from epoch {lowest} on: the validation loss rose from {lowest_loss} to {val_loss} (+{rise}) while the "
        "training loss fell further, to {loss}. Stop earlier, or add augmentation or dropout. The weights kept are those "
        "of epoch {best}.",
        "自第 {lowest} 轮起过拟合：验证损失从 {lowest_loss} 升至 {val_loss}（+{rise}），而训练损失进一步降至 {loss}。"
        "可以提前停止训练，或加入数据增强、dropout。保留的是第 {best} 轮的权重。",
    ),
    "fit.overfitting_flat": (
        "Overfitting from epoch {lowest} on: the validation loss rose from {lowest_loss} to {val_loss} (+{rise}), and the "
        "training loss, {loss} at the end, did not rise with it. Stop earlier, or add augmentation or dropout. The weights "
        "kept are those of epoch {best}.",
        "自第 {lowest} 轮起过拟合：验证损失从 {lowest_loss} 升至 {val_loss}（+{rise}），而训练损失（结束时为 {loss}）并未"
        "随之上升。可以提前停止训练，或加入数据增强、dropout。保留的是第 {best} 轮的权重。",
    ),
    "fit.overfitting_gap": (
        "Overfitting: training accuracy {accuracy} lies {gap} points above validation accuracy {val_accuracy}. More data, "
        "augmentation or dropout would help.",
        "过拟合：训练准确率 {accuracy} 比验证准确率 {val_accuracy} 高 {gap} 个百分点。更多数据、数据增强或 dropout "
        "会有帮助。",
    ),
    "fit.underfitting_learning": (
        "Underfitting: the network was still improving when the training ended after {epochs} epochs (validation accuracy "
        "{val_accuracy}). More epochs are likely to help.",
        "欠拟合：{epochs} 轮训练结束时网络仍在进步（验证准确率 {val_accuracy}），增加训练轮数可能会有帮助。",
    ),
    "fit.underfitting_stuck": (
        "Underfitting: accuracy stays low in training ({accuracy}) and in validation ({val_accuracy}). Try a larger "
        "network or another learning rate.",
        "欠拟合：训练准确率（{accuracy}）和验证准确率（{val_accuracy}）都偏低。可以尝试更大的网络或其他学习率。",
    ),
    "fit.too_short": (
        "One epoch is too short to tell overfitting from underfitting (training accuracy {accuracy}, validation accuracy "
        "{val_accuracy}).",
        "只训练了一轮，尚无法判断过拟合或欠拟合（训练准确率 {accuracy}，验证准确率 {val_accuracy}）。",
    ),
    "fit.unstable": (
        "Unstable: training and validation loss rose together from their lowest values. Try a lower learning rate.",
        "训练不稳定：训练损失与验证损失同时从最低值回升。请尝试更低的学习率。",
    ),
    "fit.bad_ending": (
        "Ended on a bad epoch: validation loss {val_loss} against {lowest_loss} at its lowest (epoch {lowest}), validation "
        "accuracy {val_accuracy} against {best_val_accuracy} at its best (epoch {best}, whose weights are kept). This can "
        "be noise, the beginning of overfitting or too high a learning rate; more epochs would tell.",
        "最后一轮表现较差：验证损失为 {val_loss}，最低时为 {lowest_loss}（第 {lowest} 轮）；验证准确率为 {val_accuracy}，"
        "最高时为 {best_val_accuracy}（第 {best} 轮，保留的即该轮权重）。这可能是噪声、过拟合的开端，"
        "或学习率过高；继续训练几轮才能判断。",
    ),
    "fit.bad_ending_kept": (
        "The last epoch has the highest validation accuracy ({val_accuracy}), and its weights are kept; but its validation "
        "loss, {val_loss}, lies clearly above the lowest, {lowest_loss} in epoch {lowest}. That can be noise or the "
        "beginning of overfitting; more epochs would tell.",
        "最后一轮的验证准确率最高（{val_accuracy}），保留的即该轮权重；但其验证损失 {val_loss} 明显高于最低值 "
        "{lowest_loss}（第 {lowest} 轮）。这可能是噪声或过拟合的开端；继续训练几轮才能判断。",
    ),
    "fit.below": (
        " That the training figure lies below the validation figure is no fault: it is a mean over an epoch in which the "
        "network still improves, with any dropout and augmentation at work.",
        "训练指标低于验证指标并非问题：它是整轮的平均值，其间网络仍在进步，dropout 和数据增强（如有）也在起作用。",
    ),
    "reproduce.title": ("How to reproduce", "如何复现"),
    "reproduce.text": (
        "These commands make the model and this page again. On the same machine and versions, a seed gives the same "
        "weights.",
        "以下命令可重新生成模型和本页。在相同的机器和软件版本上，相同的随机种子得到相同的权重。",
    ),
    "reproduce.no_training": (
        "How the model was trained is not recorded here, so the command for that is left out.",
        "此处没有训练设置的完整记录，因此未列出训练命令。",
    ),
    "fact.name": ("Name", "名称"),
    "fact.architecture": ("Architecture", "网络结构"),
    "fact.parameters": ("Parameters", "参数量"),
    "fact.multiply_adds": ("Multiply-adds", "乘加次数"),
    "fact.epochs": ("Epochs", "训练轮数"),
    "fact.train_accuracy": ("Training accuracy", "训练准确率"),
    "fact.validation_accuracy": ("Validation accuracy", "验证准确率"),
    "fact.test_accuracy": ("Test accuracy", "测试准确率"),
    "fact.test_loss": ("Test loss", "测试损失"),
    "fact.size": ("File size", "文件大小"),
    "fact.created": ("Made on", "生成时间"),
    "fact.tools": ("Versions", "软件版本"),
    "fact.data": ("Data", "数据"),
    "fact.trained_on": ("Trained on", "训练数据"),
    "column.epoch": ("Epoch", "轮次"),
    "column.train_accuracy": ("Training accuracy", "训练准确率"),
    "column.validation_accuracy": ("Validation accuracy", "验证准确率"),
    "column.train_loss": ("Training loss", "训练损失"),
    "column.validation_loss": ("Validation loss", "验证损失"),
}
