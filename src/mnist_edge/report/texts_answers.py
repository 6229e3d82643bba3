"""The words of the sections on what the model answers: key to English and Chinese."""

from __future__ import annotations

from typing import Final

ANSWERS: Final[dict[str, tuple[str, str]]] = {
    "predictions.title": ("Predictions", "预测结果"),
    "predictions.text": (
        "Wrong answers: {wrong} of {total} test images. The right digit is among the two most likely answers for "
        "{top2} of the images.",
        "{total} 张测试图片中有 {wrong} 张预测错误。有 {top2} 的图片，其正确数字位于概率最高的两个答案之中。",
    ),
    "predictions.alt": (
        "Test digits with true label, prediction and confidence: {count}; wrong predictions come first",
        "{count} 张测试数字及其真实标签、预测结果和置信度，预测错误的排在前面",
    ),
    "predictions.caption": (
        "Wrong answers first, the surest of them ahead, in at most three fifths of the places; the others are right ones, "
        "chosen with seed {seed}.",
        "预测错误的排在前面，置信度高的在先，最多占五分之三的位置；其余为按随机种子 {seed} 选取的预测正确的图片。",
    ),
    "confusion.title": ("Confusion matrix", "混淆矩阵"),
    "confusion.text": (
        "A row is the true digit, a column the model's answer; right answers lie on the diagonal.",
        "每一行是真实数字，每一列是模型的答案；预测正确的图片位于对角线上。",
    ),
    "confusion.alt": (
        "Heat map of the confusion matrix with the number of images in each of the 10 by 10 fields",
        "10×10 混淆矩阵热力图，每格标出图片数量",
    ),
    "confusion.pairs": (
        "The most frequent confusions ({shown} of {all} that occur):",
        "最常见的混淆（共出现 {all} 种，列出 {shown} 种）：",
    ),
    "confusion.pairs_title": ("Most confused pairs", "最易混淆的数字"),
    "confusion.pair": ("{truth} read as {answer}", "{truth} 被认作 {answer}"),
    "confusion.none": ("Not one image is answered wrongly.", "没有一张图片预测错误。"),
    "classes.title": ("Classification report", "分类报告"),
    "classes.text": (
        "Precision: how many of the answers with this digit are right. Recall: how many images of this digit are "
        "found, "
        "which is also its accuracy. F1 is the harmonic mean of the two.",
        "精确率：答为该数字的图片中有多少确实是它。召回率：该数字的图片中有多少被认出，也就是该类的准确率。F1 "
        "是两者的调和平均数。",
    ),
    "classes.macro": ("mean over the digits", "宏平均"),
    "classes.weighted": ("weighted by images", "加权平均"),
    "classes.absent": (
        "The test data holds no image of {digits}, so nothing can be said about it.",
        "测试数据中没有数字 {digits} 的图片，因此无法评价。",
    ),
    "classes.alt": ("Bar chart of precision, recall and F1 of each digit", "各数字的精确率、召回率和 F1 值柱状图"),
    "mistakes.title": ("Worst mistakes", "最严重的错误"),
    "mistakes.text": (
        "Wrong answers, those first that the model was surest of: {shown} of {wrong}. The index counts the test images "
        "from 0.",
        "错误答案共 {wrong} 个，按置信度从高到低列出 {shown} 个。序号为测试图片的编号，从 0 开始。",
    ),
    "calibration.title": ("Calibration", "置信度校准"),
    "calibration.text": (
        "A model is well calibrated if, of the answers it gives with 90% confidence, 90% are right.",
        "如果模型以 90% 的置信度给出的答案中恰有 90% 是正确的，就称它校准良好。",
    ),
    "calibration.fair": (
        "On average the model is {confidence} sure and {accuracy} of its answers are right: it is about as sure as it is "
        "right.",
        "模型的平均置信度为 {confidence}，准确率为 {accuracy}：置信度与准确率基本相符。",
    ),
    "calibration.too_sure": (
        "On average the model is {confidence} sure and {accuracy} of its answers are right: it is too sure of itself by "
        "{points} points.",
        "模型的平均置信度为 {confidence}，准确率为 {accuracy}：过度自信，高出 {points} 个百分点。",
    ),
    "calibration.too_modest": (
        "On average the model is {confidence} sure and {accuracy} of its answers are right: it is too modest by {points} "
        "points.",
        "模型的平均置信度为 {confidence}，准确率为 {accuracy}：过于保守，低了 {points} 个百分点。",
    ),
    "calibration.figures": (
        " Expected calibration error {ece}, Brier score {brier}. The largest error of a bin is {largest}; that bin holds "
        "{images}.",
        "期望校准误差（ECE）{ece}，Brier 分数 {brier}。单个区间最大误差 {largest}，该区间有 {images}。",
    ),
    "calibration.reliability_alt": (
        "Reliability diagram: accuracy against confidence in 15 bins",
        "可靠性图：15 个置信度区间内的准确率",
    ),
    "calibration.reliability_caption": (
        "On the diagonal, confidence and accuracy are equal; below it the model is too sure.",
        "对角线上置信度与准确率相等；位于其下方表示模型过度自信。",
    ),
    "calibration.confidence_alt": (
        "Histogram of the confidence of right and of wrong answers",
        "正确答案与错误答案的置信度直方图",
    ),
    "calibration.confidence_caption": (
        "How sure the model is when it is right, and when it is wrong.",
        "模型答对与答错时各有多大把握。",
    ),
    "calibration.selective": (
        "Of the surest 99% of the answers {most} are right, of the surest 95% {many}.",
        "在置信度最高的 99% 的答案中，{most} 是正确的；最高的 95% 中，{many} 是正确的。",
    ),
    "calibration.risk_alt": (
        "Share of wrong answers over the share of images answered, the surest first",
        "错误答案比例随作答比例变化的曲线，置信度高者优先",
    ),
    "calibration.risk_caption": (
        "How many answers are wrong if the least sure are withheld; the dashed line is the least there could be.",
        "不回答置信度最低的图片时错误答案所占比例；虚线为理论下限。",
    ),
    "column.pair": ("Confusion", "混淆"),
    "column.images": ("Images", "图片数"),
    "column.share_of_digit": ("Share of the digit", "占该数字的比例"),
    "column.digit": ("Digit", "数字"),
    "column.precision": ("Precision", "精确率"),
    "column.recall": ("Recall", "召回率"),
    "column.f1": ("F1", "F1"),
    "column.right": ("Right", "正确数"),
    "column.accuracy": ("Accuracy", "准确率"),
    "column.index": ("Index", "序号"),
    "column.label": ("True digit", "真实数字"),
    "column.answer": ("Answer", "预测"),
    "column.confidence": ("Confidence", "置信度"),
    "column.of_label": ("Probability of the true digit", "真实数字的概率"),
}
