"""The words of the figures: key to English and Chinese, with names in braces for what is filled in."""

from __future__ import annotations

from typing import Final

from mnist_edge.train.figures.look import Lang

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "samples.title": ("Sample images", "样本图像"),
    "samples.label": ("label {label}", "标签 {label}"),
    "curves.accuracy": ("Training and validation accuracy", "训练集与验证集准确率"),
    "curves.loss": ("Training and validation loss", "训练集与验证集损失"),
    "curves.training": ("training", "训练集"),
    "curves.validation": ("validation", "验证集"),
    "curves.epoch": ("epoch", "训练轮次"),
    "curves.best": ("best epoch: {epoch}", "最佳轮次：{epoch}"),
    "predictions.title": ("Predictions", "预测结果"),
    "predictions.wrong": ("wrong: {wrong} of {total}", "预测错误：{wrong} / {total}"),
    "predictions.predicted": ("predicted {answer}", "预测 {answer}"),
    "predictions.true": ("true {label}, {confidence}", "真实 {label}，{confidence}"),
    "confusion.title": ("Confusion matrix", "混淆矩阵"),
    "confusion.true": ("true digit", "真实数字"),
    "confusion.predicted": ("predicted digit", "预测数字"),
    "confusion.share": ("mistakes as a share of the row", "错误占该行的比例"),
    "classes.title": ("Scores of each digit", "各数字的分类指标"),
    "classes.digit": ("digit", "数字"),
    "classes.precision": ("precision", "精确率"),
    "classes.recall": ("recall", "召回率"),
    "classes.f1": ("F1", "F1 值"),
    "classes.axis": ("score", "指标值"),
    "classes.cut_axis": ("score (axis starts at {start})", "指标值（坐标轴从 {start} 起）"),
    "classes.absent": ("no images", "无样本"),
    "reliability.title": ("Reliability diagram", "可靠性图"),
    "reliability.confidence": ("confidence", "置信度"),
    "reliability.accuracy": ("accuracy", "准确率"),
    "reliability.bars": ("accuracy", "准确率"),
    "reliability.sure": ("gap: too sure", "差距：过于自信"),
    "reliability.modest": ("gap: too modest", "差距：过于保守"),
    "reliability.perfect": ("perfect", "理想校准"),
    "reliability.ece": ("ECE {ece}", "ECE {ece}"),
    "reliability.counts": ("upright: images in the bin", "竖排数字：该区间图片数"),
    "reliability.and": ("; ", "；"),
    "reliability.weak": ("pale: fewer than {count}", "浅色：少于 {count} 张"),
    "confidence.title": ("Confidence histogram", "置信度分布"),
    "confidence.images": ("images (log scale)", "图片数（对数坐标）"),
    "confidence.right": ("right: {count}", "预测正确：{count}"),
    "confidence.wrong": ("wrong: {count}", "预测错误：{count}"),
    "risk.title": ("Wrong answers by coverage", "覆盖率与错误率"),
    "risk.model": ("wrong answers", "错误答案"),
    "risk.least": ("least possible", "理论下限"),
    "risk.marks": ("wrong at {shares}", "错误率：{shares}"),
    "risk.at": ("{share}: {wrong}", "{share} 时 {wrong}"),
    "risk.and": (", ", "，"),
    "risk.coverage": ("answered, the surest first", "作答比例（置信度高者优先）"),
    "risk.wrong": ("wrong", "错误率"),
    "maps.title": ("Feature maps of {layer}", "{layer} 的特征图"),
    "maps.subtitle": ("maps: {count}, each {height}×{width}", "共 {count} 个，每个 {height}×{width}"),
    "maps.zero": ("; zero everywhere: {zero}", "，其中 {zero} 个全为零"),
    "maps.scale": ("activation", "激活值"),
    "kernels.title": ("Kernels of {layer}", "{layer} 的卷积核"),
    "kernels.subtitle": ("kernels: {count}, each {height}×{width}", "共 {count} 个，每个 {height}×{width}"),
    "kernels.scale": ("weight", "权重"),
    "kernels.columns": ("output channel", "输出通道"),
    "kernels.rows": ("input channel", "输入通道"),
}


def words(lang: Lang, key: str, /, **values: object) -> str:
    """The text of a key in a language, filled in; whole numbers get separators between thousands."""
    filled = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in values.items()}
    return TEXTS[key][1 if lang == "zh" else 0].format(**filled)


def needed_characters() -> frozenset[str]:
    """What a font for Chinese figures has to have: the characters of all Chinese texts, and ASCII for what is filled in."""
    texts = "".join(chinese for _, chinese in TEXTS.values())
    return frozenset(texts) | {chr(code) for code in range(32, 127)}
