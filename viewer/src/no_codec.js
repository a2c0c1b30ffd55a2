// Stands for decoders that our stores do not use.
export default {
  fromConfig() {
    throw new Error("compressed in a way that the page does not decode; expected zstd");
  },
};
