// The one decoder that our stores need, small and without `eval`, which the page's security policy forbids.

import { ZSTDDecoder } from "zstddec";

const BYTES = { uint8: 1, int16: 2, float16: 2 };

/** `zstd` for zarrita. Frames carry a checksum, so damaged bytes are an error and not wrong pixels. */
export default class Zstd {
  static fromConfig(_, { shape, dataType }) {
    const codec = new Zstd();
    codec.kind = "bytes_to_bytes";
    codec.size = shape.reduce((product, length) => product * length, BYTES[dataType]);
    return codec;
  }

  async decode(bytes) {
    await decoder.init();
    const decoded = decoder.decode(bytes, this.size);
    // Zstandard gives its errors as a length.
    if (decoded.length !== this.size) throw new Error("the compressed bytes are torn or changed");
    return decoded;
  }
}

const decoder = new ZSTDDecoder();
