"""The words of the sections on the model itself: key to English and Chinese."""

from __future__ import annotations

from typing import Final

MODEL: Final[dict[str, tuple[str, str]]] = {
    "layers.title": ("Inside the network", "网络内部"),
    "layers.text": (
        "Each convolution answers a picture with feature maps: bright where its kernel finds what it looks for. Early "
        "layers "
        "see strokes and edges, later ones parts of digits.",
        "每个卷积层用特征图回应输入图片：卷积核找到所寻模式的地方就会变亮。浅层看到笔画和边缘，深层看到数字的组成部分。",
    ),
    "layers.shown": (
        "Shown here: {picture}. The model answers {answer} and is {confidence} sure.",
        "此处展示：{picture}。模型的答案是 {answer}，置信度 {confidence}。",
    ),
    "layers.picture_index": ("test digit {index}, labelled {label}", "第 {index} 号测试图片，真实数字 {label}"),
    "layers.picture_file": ("the picture {name}, brought to 28×28", "图片 {name}（已处理为 28×28）"),
    "layers.kernels_alt": ("Kernels of {layer}: {count}", "{layer} 的 {count} 个卷积核"),
    "layers.kernels_caption": (
        "What the first convolution learned to look for, in {height}×{width} pixels.",
        "第一个卷积层学到的 {height}×{width} 卷积核。",
    ),
    "layers.maps_alt": ("Feature maps of {layer}: {count}", "{layer} 的 {count} 张特征图"),
    "layers.no_convolution": (
        "This network has no convolution. Other layers can be shown with --layer.",
        "该网络没有卷积层。可用 --layer 显示其他层。",
    ),
    "layers.none_shown": (
        "Every convolution of this network is called several times, so none has one output to show. Other layers can be "
        "shown with --layer.",
        "该网络的卷积层均被多次调用，没有单一输出可供显示。可用 --layer 显示其他层。",
    ),
    "layers.some": (
        "These are {shown} of {all} convolutions, from the first to the last; --layer shows others.",
        "此处展示全部 {all} 个卷积层中由浅到深的 {shown} 个；可用 --layer 显示其他层。",
    ),
    "layers.same": (
        "Keras and the ONNX file give the same in every layer, but for float32 rounding ({compared} images compared).",
        "Keras 与 ONNX 文件在每一层的输出都相同，仅有 float32 舍入误差（比较了 {compared} 张图片）。",
    ),
    "layers.differ": (
        "Keras and the ONNX file differ by more than rounding ({compared} images compared): their weights differ.",
        "Keras 与 ONNX 文件的差异超出舍入误差（比较了 {compared} 张图片）：两者的权重不同。",
    ),
    "layers.nothing_common": (
        "Keras and the ONNX file have no layer of the same name, so only their answers were compared ({compared} images): "
        "these are the same, but for float32 rounding.",
        "Keras 与 ONNX 文件没有同名的层，因此只比较了两者的答案（{compared} 张图片）：仅有 float32 舍入误差。",
    ),
    "layers.answers_differ": (
        "Keras and the ONNX file have no layer of the same name, so only their answers were compared ({compared} images): "
        "these differ by more than rounding.",
        "Keras 与 ONNX 文件没有同名的层，因此只比较了两者的答案（{compared} 张图片）：差异超出舍入误差。",
    ),
    "layers.differences_title": ("Difference between Keras and ONNX per layer", "Keras 与 ONNX 逐层差异"),
    "layers.only_keras": (
        "The exported file can be compared with Keras layer by layer:",
        "可与导出的 ONNX 文件逐层比较：",
    ),
    "layers.only_onnx": (
        "The Keras model can be compared with this file layer by layer:",
        "可与 Keras 模型逐层比较：",
    ),
    "architecture.title": ("Architecture", "网络结构"),
    "architecture.text": (
        "The layers of {name}. Under each number stands how it comes about; a multiply-add is one multiplication with "
        "its "
        "addition, for one picture.",
        "{name} 的各层。每个数字下方是其计算方法；一次乘加指处理一张图片时的一次乘法及其加法。",
    ),
    "architecture.total": ("All layers", "合计"),
    "parity.title": ("Parity of Keras and ONNX", "Keras 与 ONNX 的一致性"),
    "parity.equal": (
        "No answer differs on {images} test images and {corners} corner inputs. Logits differ by at most {logits}, "
        "probabilities by at most {probabilities}.",
        "在 {images} 张测试图片和 {corners} 个极端输入上，没有一个答案不同。logits 最大相差 {logits}，概率最大相差 "
        "{probabilities}。",
    ),
    "parity.differs": (
        "The exported model is not proven equal. Answers that differ: {flips}, on {images} test images and {corners} "
        "corner inputs. Logits differ by up to {logits}, probabilities by up to {probabilities}.",
        "导出的模型未能证明与 Keras 等价：在 {images} 张测试图片和 {corners} 个极端输入上有 {flips} 个答案不同。logits "
        "最大相差 "
        "{logits}，概率最大相差 {probabilities}。",
    ),
    "parity.of_other": (
        "{onnx} was compared with the model that it was exported from, which is not {keras}. Answers that differ: {flips}, "
        "on {images} test images and {corners} corner inputs. Logits differ by at most {logits}, probabilities by at most "
        "{probabilities}.",
        "{onnx} 是与导出它的原模型比较的，而不是与 {keras} 比较：在 {images} 张测试图片和 {corners} 个极端输入上有 {flips} "
        "个答案不同，logits 最大相差 {logits}，概率最大相差 {probabilities}。",
    ),
    "parity.reduced": (
        "This file is of reduced precision ({precision}) and not equal to Keras. It reads {flips} of {images} validation "
        "digits otherwise than its float graph, and loses {drop} percentage points of accuracy.",
        "该文件是低精度模型（{precision}），与 Keras 并不等价：在 {images} 张验证数字上，有 {flips} 个答案与其浮点图不同，"
        "准确率损失 {drop} 个百分点。",
    ),
    "parity.float": (
        "What follows is about the float graph that it was made from.",
        "以下是生成它的浮点图的结果。",
    ),
    "parity.from_card": (
        "From the model card; the full report of the parity gate does not lie beside the file.",
        "数据来自模型卡；文件旁没有完整的一致性检验报告。",
    ),
    "parity.no_onnx": ("No exported file was given. Make one with", "未提供导出的 ONNX 文件。可用以下命令导出："),
    "parity.unknown": (
        "The model card says nothing about parity. Measure it with",
        "模型卡中没有一致性数据。可用以下命令测量：",
    ),
    "parity.on": ("on", "开"),
    "parity.off": ("off", "关"),
    "latency.title": ("Latency", "延迟"),
    "latency.text": (
        "In µs, one picture a call, on {cpu} ({system}, {threads} usable threads), {date}.",
        "单位：微秒，每次调用处理一张图片；设备：{cpu}（{system}，可用线程 {threads}），{date}。",
    ),
    "latency.other_file": (
        "None of the files measured is the one of this report: the hashes differ.",
        "测得的文件都不是本报告所述的文件：哈希值不同。",
    ),
    "latency.missing": (
        "No benchmark was given (--benchmark). Measure with",
        "未提供基准测试结果（--benchmark）。可用以下命令测量：",
    ),
    "latency.throughput": ("Throughput of the network in pictures per second", "网络吞吐量（张/秒）"),
    "latency.batch": ("batch {size}", "批量 {size}"),
    "clock.infer": ("network alone", "仅网络"),
    "clock.classify": ("array to digit", "数组到数字"),
    "clock.end_to_end": ("PNG to digit", "PNG 到数字"),
    "card.title": ("Model card", "模型卡"),
    "card.text": ("It travels inside the ONNX file.", "模型卡保存在 ONNX 文件内部。"),
    "card.missing": ("The model card is written at export:", "模型卡在导出时写入："),
    "card.of_other": (
        "{onnx} has other weights than {keras}, so its model card is not shown.",
        "{onnx} 与 {keras} 的权重不同，因此不显示其模型卡。",
    ),
    "card.polarity": ("white ink on black", "黑底白字"),
    "card.framing": ("20x20 box centred by mass in 28x28", "20×20 方框，按质心居中于 28×28"),
    "card.uncalibrated": ("1 (not calibrated)", "1（未校准）"),
    "card.never": ("none", "无"),
    "card.refused": ("about {share}, so that what is no digit is refused too", "约 {share}，以便同时拒识非数字图像"),
    "column.layer": ("Layer", "层"),
    "column.difference": ("Largest difference", "最大差异"),
    "column.largest": ("Largest value", "最大值"),
    "column.output": ("Output (h × w × channels)", "输出（高 × 宽 × 通道）"),
    "column.parameters": ("Parameters", "参数量"),
    "column.multiply_adds": ("Multiply-adds", "乘加次数"),
    "column.batch": ("Batch", "批量"),
    "column.optimized": ("Graph optimization", "图优化"),
    "column.flips": ("Other answers", "不同答案数"),
    "column.logits": ("Logits", "logits"),
    "column.probabilities": ("Probabilities", "概率"),
    "column.model": ("Model", "模型"),
    "column.threads": ("Threads", "线程"),
    "column.clock": ("Measured", "测量范围"),
    "column.calls": ("Calls", "次数"),
    "column.p50": ("p50", "p50"),
    "column.p99": ("p99", "p99"),
    "column.max": ("Maximum", "最大值"),
    "column.mean": ("Mean", "平均"),
    "fact.input": ("Input", "输入"),
    "fact.outputs": ("Outputs", "输出"),
    "fact.recipe": ("Recipe", "训练方案"),
    "fact.seed": ("Seed", "随机种子"),
    "fact.drawn_share": ("Drawn digits added", "附加的合成数字"),
    "fact.data_hash": ("Hash of the data", "数据哈希"),
    "fact.temperature": ("Temperature", "温度"),
    "fact.photographed_share": ("Photographed digits added", "附加的拍摄数字"),
    "fact.teachers": ("Teachers (distillation)", "教师网络（蒸馏）"),
    "fact.outlier_share": ("Non-digits added", "附加的非数字图像"),
    "fact.rejection": ("Least confidence", "最低置信度"),
    "fact.refused": ("Real digits refused", "拒识的真实数字"),
    "fact.opset": ("ONNX opset", "ONNX 算子集"),
    "fact.graph_hash": ("Hash of the graph", "计算图哈希"),
    "fact.licence": ("Licence", "许可证"),
}
