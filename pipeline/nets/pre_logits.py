"""What a timm model does between its last features and its linear layer, at every place alone.

Nothing in ResNet or EfficientNet; a norm in ConvNeXt, a layer with its activation in MobileNetV3, a choice of tokens in
ViT. timm does it to the pooled features of a picture; here each place is taken for a picture of its own.
"""

import torch
from jaxtyping import Float

from pipeline.nets.encoders import Encoder, layout_of


class PreLogits:
    """The layers before the linear one; they stay the encoder's, and are no parameters of whom asks.

    Args:
        encoder: the backbone.
    """

    def __init__(self, encoder: Encoder):
        self._model = encoder.model
        was_training = encoder.training
        encoder.eval()
        with torch.no_grad():
            side, device = 4 * encoder.output_stride, encoder.normalised.mean.device
            probe = torch.zeros(1, 3, side, side, device=device)
            self._layout = layout_of(self._model, self._model.forward_features(probe))
            places = torch.randn(1, encoder.channels, 1, 2, generator=torch.Generator().manual_seed(0)).to(device)
            found = self._at_places(places)
        encoder.train(was_training)
        self.channels: int = found.shape[1]
        """Numbers that the linear layer reads, as many as its rows have."""
        self.is_identity: bool = torch.equal(found, places)
        """Whether nothing is between the two."""

    def __call__(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N E h w"]:
        """What the linear layer reads at each place of the encoder's features."""
        return features if self.is_identity else self._at_places(features)

    def _at_places(self, features: torch.Tensor) -> torch.Tensor:
        count, _, height, width = features.shape
        places = features.permute(0, 2, 3, 1).flatten(0, 2)  # (N h w, D)
        if self._layout == "tokens":  # whichever tokens a model pools, it finds the place's
            tokens = 1 + getattr(self._model, "num_prefix_tokens", 0)
            pictures = places[:, None].expand(-1, tokens, -1)
        else:
            pictures = places[:, None, None] if self._layout == "channels_last" else places[:, :, None, None]
        read = self._model.forward_head(pictures, pre_logits=True).flatten(1)
        return read.unflatten(0, (count, height, width)).permute(0, 3, 1, 2)
