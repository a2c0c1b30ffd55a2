"""Which encoder, options and head belong to which published network."""

from collections.abc import Mapping

from seedmask.testing.networks.published import (
    PublishedAgmm,
    PublishedBackbone,
    PublishedI2crcClassifier,
    PublishedIrn,
    PublishedMultiScale,
    PublishedNetwork,
    PublishedPsp,
    PublishedSeam,
    PublishedSfc,
)

WIDE = {"encoder": "wideresnet38"}
WIDE_B7 = {**WIDE, "encoder_arguments": {"b7_dilation": 2}}
SCALE, SCALE_FLAT = {"encoder": "scalenet101"}, {"encoder": "scalenet101", "dilation": "none"}
RES2NET = {"encoder": "res2net101d", "dilation": "all_blocks"}
RESNET_CEIL = {"encoder": "resnet101_ceil_pool", "dilation": "all_blocks"}
RESNET50_FLAT = {"encoder": "resnet50.tv_in1k", "dilation": "none"}
IMAGENET = {"num_classes": 1000}

NETWORKS: Mapping[str, PublishedNetwork] = {
    "seam_wideresnet38": PublishedSeam(WIDE),
    "pmm_classifier_wideresnet38": PublishedSeam(WIDE_B7),
    "pmm_classifier_scalenet101": PublishedSeam(SCALE_FLAT, {"dropout": 0}),
    "pmm_classifier_resnet101": PublishedSeam(RESNET_CEIL, {"dropout": 0}),
    "pmm_segmenter_wideresnet38": PublishedPsp(WIDE),
    "pmm_segmenter_scalenet101": PublishedPsp(SCALE),
    "pmm_segmenter_res2net101": PublishedPsp(RES2NET),
    "imagenet_res2net101_v1b": PublishedBackbone({"encoder": "res2net101d"}, IMAGENET),
    "imagenet_scalenet101": PublishedBackbone({"encoder": "scalenet101"}, IMAGENET),
    "imagenet_into_segmenter_wideresnet38": PublishedBackbone(WIDE, {"output_stride": 8}),
    "imagenet_into_segmenter_scalenet101": PublishedBackbone(SCALE, {"output_stride": 8}),
    "imagenet_into_segmenter_res2net101_v1b": PublishedBackbone(RES2NET, {"output_stride": 8}),
    "agmm_voc_r101": PublishedAgmm({"encoder": "resnet101s"}, {"rates": (6, 12, 18)}),
    "agmm_cityscapes_r50": PublishedAgmm({"encoder": "resnet50s", "multi_grid": (1, 2, 4)}, {"rates": (12, 24, 36)}),
    "sfc_resnet50": PublishedSfc(RESNET50_FLAT),
    "sfc_irn": PublishedIrn(RESNET50_FLAT),
    "i2crc_vgg16": PublishedI2crcClassifier({"encoder": "vgg16.tv_in1k"}),
    "i2crc_r101_msc": PublishedMultiScale({"encoder": "resnet101.tv_in1k", "dilation": "later_blocks"}),
}
"""Every network by the name that files of reference arrays begin with."""
KEYS: Mapping[str, str] = {
    f"imagenet_into_segmenter_{name}": f"imagenet_{name}" for name in ("wideresnet38", "scalenet101", "res2net101_v1b")
}
"""Networks whose weights have the names of another one's."""
