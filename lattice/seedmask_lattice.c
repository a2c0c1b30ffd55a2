/* Dense CRF on permutohedral lattices (Adams, Baek and Davis, Eurographics 2010; Krähenbühl and Koltun, NeurIPS 2011).

A lattice of d axes has vertices with d + 1 integer coordinates whose sum is 0, and a point lies in a simplex of d + 1
of them. To filter is to splat values onto vertices, to blur along d + 1 directions, and to slice the values at the
points. Here one pass over the points slices, takes the softmax and splats again, so that marginals stay in the cache;
and of K labels K - 1 are filtered, as they sum to one.
*/

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define FAST __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define FAST
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));

enum { AXES = 5, BLOCK = 256, STRIDE = BLOCK + 16, NO_MEMORY = 1, TOO_FAR = 2 };

typedef struct {
  int64_t points, vertices;
  int axes;
  int32_t *corner;    /* vertices around each point, points x (axes + 1); they count from 1 */
  float *weight;      /* barycentric coordinates, likewise */
  int32_t *neighbour; /* (axes + 1) x vertices x 2; 0 is none */
  float *norm;        /* 1 / sqrt(K 1) of each point */
  float *sum;         /* norm (K norm): what K labels get together */
} Lattice;

/* A hash table from the packed coordinates of a vertex to its number. */
typedef struct {
  uint64_t *keys, *of, mask;
  int32_t *values;
  int64_t count;
} Table;

INLINE uint64_t mixed(uint64_t key) {
  key *= 0x9E3779B97F4A7C15ull;
  return key ^ (key >> 29);
}

static int grow(Table *table) {
  const uint64_t size = table->mask ? (table->mask + 1) * 2 : 1 << 14;
  free(table->values);
  free(table->keys);
  table->mask = size - 1;
  table->values = calloc(size, sizeof *table->values);
  table->keys = malloc(size * sizeof *table->keys);
  uint64_t *of = realloc(table->of, (size / 2 + 2 * (AXES + 1)) * sizeof *of);
  if (of) table->of = of;
  if (!table->values || !table->keys || !of) return NO_MEMORY;
  for (int64_t n = 1; n <= table->count; n++) {
    uint64_t at = mixed(table->of[n]) & table->mask;
    while (table->values[at]) at = (at + 1) & table->mask;
    table->values[at] = (int32_t)n;
    table->keys[at] = table->of[n];
  }
  return 0;
}

INLINE uint64_t slot(const Table *table, uint64_t key) {
  uint64_t at = mixed(key) & table->mask;
  while (table->values[at] && table->keys[at] != key) at = (at + 1) & table->mask;
  return at;
}

INLINE int32_t number(Table *table, uint64_t key) {
  const uint64_t at = slot(table, key);
  if (!table->values[at]) {
    table->values[at] = (int32_t)++table->count;
    table->keys[at] = key;
    table->of[table->count] = key;
  }
  return table->values[at];
}

/* Position of a pixel, and its colour where there is one. */
typedef struct {
  const uint8_t *colours; /* NULL: none */
  int64_t width;
  float place, colour; /* standard deviations */
} Features;

INLINE int place_points(Lattice *lattice, Table *table, const Features *features, const int d) {
  const int corners = d + 1, bits = 64 / d;
  const int64_t half = (int64_t)1 << (bits - 1);
  float scale[AXES];
  uint64_t one = 0, last[AXES + 1] = {0};
  int32_t last_number[AXES + 1] = {0};
  for (int i = 0; i < d; i++) {
    scale[i] = (float)(1 / sqrt((double)((i + 1) * (i + 2))) * (float)(sqrt(2.0 / 3) * corners));
    one |= (uint64_t)1 << (i * bits);
  }
  int64_t x = -1, y = 0;
  const float share_of_one = 1.0f / corners;
  /* pydensecrf places points in fours and fills the last four with zeros; vertices of these take part in the blur. */
  const int filled = lattice->points % 4 > 0;
  for (int64_t p = 0; p < lattice->points + filled; p++) {
    const int is_point = p < lattice->points;
    if (++x == features->width) x = 0, y++;
    float f[AXES] = {0};
    if (is_point) {
      f[0] = (float)x / features->place;
      f[1] = (float)y / features->place;
      for (int i = 2; i < d; i++) f[i] = features->colours[p * 3 + i - 2] / features->colour;
    }
    float e[AXES + 1], nearest[AXES + 1], off[AXES + 1], bary[AXES + 2] = {0}, sum = 0;
    int rank[AXES + 1] = {0}, excess = 0;
    for (int j = d; j > 0; j--) {
      const float value = f[j - 1] * scale[j - 1];
      e[j] = sum - j * value;
      sum += value;
    }
    e[0] = sum;
    for (int i = 0; i < corners; i++) {
      const float rounded = rintf(e[i] * share_of_one);
      excess += (int)rounded;
      nearest[i] = rounded * corners;
      off[i] = e[i] - nearest[i];
    }
    for (int i = 0; i < d; i++)
      for (int j = i + 1; j < corners; j++) {
        const int less = off[i] < off[j];
        rank[i] += less;
        rank[j] += !less;
      }
    for (int i = 0; i < corners; i++) {
      rank[i] += excess;
      const int over = rank[i] < 0 ? -1 : rank[i] > d;
      rank[i] -= over * corners;
      nearest[i] -= (float)(over * corners);
      const float share = (e[i] - nearest[i]) * share_of_one;
      bary[d - rank[i]] += share;
      bary[corners - rank[i]] -= share;
    }
    bary[0] += 1 + bary[corners];
    uint64_t base = 0;
    for (int i = 0; i < d; i++) {
      const int64_t coordinate = (int64_t)nearest[i] + half;
      if (coordinate < 2 * corners || coordinate > 2 * half - 2 * corners) return TOO_FAR;
      base += (uint64_t)coordinate << (i * bits);
    }
    for (int r = 0; r < corners; r++) {
      uint64_t key = base + one * r;
      for (int i = 0; i < d; i++)
        if (rank[i] > d - r) key -= (uint64_t)corners << (i * bits);
      if (key != last[r]) { /* neighbours in the image share most vertices */
        last[r] = key;
        last_number[r] = number(table, key);
      }
      if (is_point) {
        lattice->corner[p * corners + r] = last_number[r];
        lattice->weight[p * corners + r] = bary[r];
      }
    }
    if ((uint64_t)(table->count + corners) * 2 > table->mask && grow(table)) return NO_MEMORY;
  }
  return 0;
}

INLINE int find_neighbours(Lattice *lattice, const Table *table) {
  const int d = lattice->axes, bits = 64 / d;
  uint64_t one = 0;
  for (int i = 0; i < d; i++) one |= (uint64_t)1 << (i * bits);
  lattice->vertices = table->count;
  lattice->neighbour = malloc((size_t)(d + 1) * table->count * 2 * sizeof *lattice->neighbour);
  if (!lattice->neighbour) return NO_MEMORY;
  int32_t *to = lattice->neighbour;
  for (int j = 0; j <= d; j++) {
    const uint64_t jump = j < d ? (uint64_t)(d + 1) << (j * bits) : 0;
    for (int64_t v = 1; v <= table->count; v++) {
      *to++ = table->values[slot(table, table->of[v] - one + jump)];
      *to++ = table->values[slot(table, table->of[v] + one - jump)];
    }
  }
  return 0;
}

/* to += factor * from, of C channels: one, four, or a multiple of eight. */
INLINE void add(float *to, const float *from, float factor, const int C) {
  if (C % 8 == 0)
    for (int c = 0; c < C; c += 8) *(Eight *)(to + c) += factor * *(const Eight *)(from + c);
  else if (C == 4)
    *(Four *)to += factor * *(const Four *)from;
  else
    *to += factor * *from;
}

/* to = own + (one + two) / 2 of C channels. */
INLINE void mean(float *to, const float *own, const float *one, const float *two, const int C) {
  if (C % 8 == 0)
    for (int c = 0; c < C; c += 8)
      *(Eight *)(to + c) = *(const Eight *)(own + c) + 0.5f * (*(const Eight *)(one + c) + *(const Eight *)(two + c));
  else if (C == 4)
    *(Four *)to = *(const Four *)own + 0.5f * (*(const Four *)one + *(const Four *)two);
  else
    *to = *own + 0.5f * (*one + *two);
}

/* Blur values of C channels along all directions; returns where they are then, `values` or `other`. */
INLINE float *blur(const Lattice *lattice, float *values, float *other, const int C) {
  const int64_t vertices = lattice->vertices;
  memset(values, 0, C * sizeof *values);
  memset(other, 0, C * sizeof *other);
  for (int j = 0; j <= lattice->axes; j++) {
    const int32_t *near = lattice->neighbour + (size_t)j * vertices * 2;
    for (int64_t v = 0; v < vertices; v++) {
      const float *own = values + (v + 1) * C, *one = values + (size_t)near[2 * v] * C;
      const float *two = values + (size_t)near[2 * v + 1] * C;
      mean(other + (v + 1) * C, own, one, two, C);
    }
    float *swapped = values;
    values = other;
    other = swapped;
  }
  return values;
}

INLINE float slice_factor(const Lattice *lattice) { return 1 / (1 + powf(2, (float)-lattice->axes)); }

/* K v of one channel at the points: used twice a lattice. */
INLINE int filter_once(const Lattice *lattice, const float *in, float *out, const int d) {
  float *values = calloc(lattice->vertices + 1, sizeof *values), *other = malloc((lattice->vertices + 1) * sizeof *other);
  const int error = values && other ? 0 : NO_MEMORY;
  if (!error) {
    for (int64_t p = 0; p < lattice->points; p++)
      for (int64_t at = p * (d + 1); at < (p + 1) * (d + 1); at++)
        values[lattice->corner[at]] += lattice->weight[at] * in[p];
    const float *blurred = blur(lattice, values, other, 1), factor = slice_factor(lattice);
    for (int64_t p = 0; p < lattice->points; p++) {
      float sum = 0;
      for (int64_t at = p * (d + 1); at < (p + 1) * (d + 1); at++) sum += lattice->weight[at] * blurred[lattice->corner[at]];
      out[p] = factor * sum;
    }
  }
  free(values);
  free(other);
  return error;
}

/* norm = 1 / sqrt(K 1), and sum = norm (K norm). */
INLINE int find_norm(Lattice *lattice, const int d) {
  for (int64_t p = 0; p < lattice->points; p++) lattice->sum[p] = 1;
  if (filter_once(lattice, lattice->sum, lattice->norm, d)) return NO_MEMORY;
  for (int64_t p = 0; p < lattice->points; p++) lattice->norm[p] = 1 / sqrtf(lattice->norm[p] + 1e-20f);
  if (filter_once(lattice, lattice->norm, lattice->sum, d)) return NO_MEMORY;
  for (int64_t p = 0; p < lattice->points; p++) lattice->sum[p] *= lattice->norm[p];
  return 0;
}

static void free_lattice(Lattice *lattice) {
  if (!lattice) return;
  free(lattice->corner);
  free(lattice->weight);
  free(lattice->neighbour);
  free(lattice->norm);
  free(lattice->sum);
  free(lattice);
}

INLINE int fill(Lattice *lattice, Table *table, const Features *features, const int d) {
  int error = place_points(lattice, table, features, d);
  if (!error) error = find_neighbours(lattice, table);
  return error ? error : find_norm(lattice, d);
}

FAST static int fill_any(Lattice *lattice, Table *table, const Features *features) {
  return features->colours ? fill(lattice, table, features, 5) : fill(lattice, table, features, 2);
}

static Lattice *build(int64_t points, const Features *features, int *error) {
  Lattice *lattice = calloc(1, sizeof *lattice);
  Table table = {0};
  *error = NO_MEMORY;
  if (!lattice) return NULL;
  lattice->points = points;
  lattice->axes = features->colours ? 5 : 2;
  lattice->corner = malloc(points * (lattice->axes + 1) * sizeof *lattice->corner);
  lattice->weight = malloc(points * (lattice->axes + 1) * sizeof *lattice->weight);
  lattice->norm = malloc(points * sizeof *lattice->norm);
  lattice->sum = malloc(points * sizeof *lattice->sum);
  if (lattice->corner && lattice->weight && lattice->norm && lattice->sum) *error = grow(&table);
  if (!*error) *error = fill_any(lattice, &table, features);
  free(table.keys);
  free(table.values);
  free(table.of);
  if (*error) {
    free_lattice(lattice);
    return NULL;
  }
  return lattice;
}

/* e^x for x at most 0, within 2e-7 of it; loops of it are vectorised. */
INLINE float exponential(float x) {
  x = x < -87 ? -87 : x;
  const float power = rintf(x * 1.44269504f);
  const float r = (x - power * 0.693359375f) + power * 2.12194440e-4f;
  float y = 1 / 5040.0f;
  y = y * r + 1 / 720.0f;
  y = y * r + 1 / 120.0f;
  y = y * r + 1 / 24.0f;
  y = y * r + 1 / 6.0f;
  y = y * r + 0.5f;
  y = y * r * r + r + 1;
  const union {
    int32_t whole;
    float real;
  } scale = {((int32_t)power + 127) << 23};
  return y * scale.real;
}

INLINE void softmax(float *scores, int count, int K) {
  float most[BLOCK], sum[BLOCK];
  for (int p = 0; p < count; p++) most[p] = scores[p], sum[p] = 0;
  for (int k = 1; k < K; k++)
    for (int p = 0; p < count; p++) most[p] = scores[k * STRIDE + p] > most[p] ? scores[k * STRIDE + p] : most[p];
  for (int k = 0; k < K; k++)
    for (int p = 0; p < count; p++) {
      const float value = exponential(scores[k * STRIDE + p] - most[p]);
      scores[k * STRIDE + p] = value;
      sum[p] += value;
    }
  for (int p = 0; p < count; p++) sum[p] = 1 / sum[p];
  for (int k = 0; k < K; k++)
    for (int p = 0; p < count; p++) scores[k * STRIDE + p] *= sum[p];
}

/* Add what filtered marginals say about C labels of some points: got is count x C. */
INLINE void slice(const Lattice *lattice, const float *values, float weight, float *got, int64_t first, int count,
                  const int C, const int d) {
  const float factor = slice_factor(lattice) * weight;
  for (int p = 0; p < count; p++) {
    const int32_t *corner = lattice->corner + (first + p) * (d + 1);
    const float *share = lattice->weight + (first + p) * (d + 1);
    const float by = factor * lattice->norm[first + p];
    for (int r = 0; r <= d; r++) add(got + p * C, values + (size_t)corner[r] * C, share[r] * by, C);
  }
}

INLINE void splat(const Lattice *lattice, float *values, const float *own, int64_t first, int count, const int C,
                  const int d) {
  for (int p = 0; p < count; p++) {
    const int32_t *corner = lattice->corner + (first + p) * (d + 1);
    const float *share = lattice->weight + (first + p) * (d + 1), norm = lattice->norm[first + p];
    for (int r = 0; r <= d; r++) add(values + (size_t)corner[r] * C, own + p * C, share[r] * norm, C);
  }
}

typedef struct {
  Lattice *plain, *bilateral;
  float plain_weight, bilateral_weight;
} Model;

/* C channels are filtered, of all labels but the last; those beyond are zero. */
INLINE int infer_channels(const Model *model, const float *scores, float *marginals, int labels, int iterations,
                          const int C) {
  const Lattice *lattices[2] = {model->plain, model->bilateral};
  const float weights[2] = {model->plain_weight, model->bilateral_weight};
  const int64_t points = lattices[0]->points;
  const int filtered = labels - 1;
  float *values[2] = {NULL, NULL}, *others[2] = {NULL, NULL};
  float *local = malloc((size_t)labels * STRIDE * sizeof *local), *across = calloc((size_t)BLOCK * C, sizeof *across);
  int error = local && across ? 0 : NO_MEMORY;
  for (int i = 0; i < 2; i++) {
    values[i] = malloc((size_t)(lattices[i]->vertices + 1) * C * sizeof **values);
    others[i] = malloc((size_t)(lattices[i]->vertices + 1) * C * sizeof **others);
    if (!values[i] || !others[i]) error = NO_MEMORY;
  }
  for (int step = 0; step <= iterations && !error; step++) {
    const float *blurred[2] = {NULL, NULL};
    for (int i = 0; i < 2 && step; i++) {
      float *now = blur(lattices[i], values[i], others[i], C);
      if (now == values[i]) values[i] = others[i];
      others[i] = now;
      blurred[i] = now;
    }
    for (int i = 0; i < 2 && step < iterations; i++)
      memset(values[i], 0, (size_t)(lattices[i]->vertices + 1) * C * sizeof **values);
    for (int64_t first = 0; first < points; first += BLOCK) {
      const int count = (int)(points - first < BLOCK ? points - first : BLOCK);
      for (int k = 0; k < labels; k++) memcpy(local + k * STRIDE, scores + k * points + first, count * sizeof *local);
      if (step) {
        float *rest = local + filtered * STRIDE;
        memset(across, 0, (size_t)count * C * sizeof *across);
        slice(lattices[0], blurred[0], weights[0], across, first, count, C, 2);
        slice(lattices[1], blurred[1], weights[1], across, first, count, C, 5);
        for (int p = 0; p < count; p++)
          rest[p] += weights[0] * lattices[0]->sum[first + p] + weights[1] * lattices[1]->sum[first + p];
        for (int c = 0; c < filtered; c++)
          for (int p = 0; p < count; p++) {
            local[c * STRIDE + p] += across[p * C + c];
            rest[p] -= across[p * C + c];
          }
      }
      softmax(local, count, labels);
      if (step == iterations) {
        for (int k = 0; k < labels; k++) memcpy(marginals + k * points + first, local + k * STRIDE, count * sizeof *local);
        continue;
      }
      for (int c = 0; c < filtered; c++)
        for (int p = 0; p < count; p++) across[p * C + c] = local[c * STRIDE + p];
      splat(lattices[0], values[0], across, first, count, C, 2);
      splat(lattices[1], values[1], across, first, count, C, 5);
    }
  }
  for (int i = 0; i < 2; i++) {
    free(values[i]);
    free(others[i]);
  }
  free(local);
  free(across);
  return error;
}

FAST static int infer(const Model *model, const float *scores, float *marginals, int labels, int iterations) {
  /* Loops over a known number of channels are unrolled. */
  if (labels == 2) return infer_channels(model, scores, marginals, labels, iterations, 1);
  if (labels <= 5) return infer_channels(model, scores, marginals, labels, iterations, 4);
  if (labels <= 9) return infer_channels(model, scores, marginals, labels, iterations, 8);
  return infer_channels(model, scores, marginals, labels, iterations, (labels + 6) / 8 * 8);
}

/* Python */

static const char NAME[] = "seedmask_lattice.Model";

static void free_model(PyObject *capsule) {
  Model *model = PyCapsule_GetPointer(capsule, NAME);
  if (!model) return;
  free_lattice(model->plain);
  free_lattice(model->bilateral);
  free(model);
}

static PyObject *raised(int error) {
  if (error == NO_MEMORY) return PyErr_NoMemory();
  PyErr_SetString(PyExc_OverflowError, "the lattice has coordinates beyond its integers: a standard deviation is too small");
  return NULL;
}

static PyObject *model_of(PyObject *self, PyObject *arguments) {
  Py_buffer image;
  Py_ssize_t height, width;
  float plain_sxy, bilateral_sxy, srgb, plain_weight, bilateral_weight;
  if (!PyArg_ParseTuple(arguments, "y*nnfffff", &image, &height, &width, &plain_sxy, &plain_weight, &bilateral_sxy, &srgb,
                        &bilateral_weight))
    return NULL;
  PyObject *capsule = NULL;
  if (height < 1 || width < 1 || image.len != height * width * 3)
    PyErr_Format(PyExc_ValueError, "%zd bytes for an image of %zd x %zd x 3", image.len, height, width);
  else if (!(plain_sxy > 0 && bilateral_sxy > 0 && srgb > 0))
    PyErr_SetString(PyExc_ValueError, "standard deviations must be positive");
  else {
    Model *model = calloc(1, sizeof *model);
    int error = model ? 0 : NO_MEMORY;
    if (model) {
      model->plain_weight = plain_weight;
      model->bilateral_weight = bilateral_weight;
      const Features plain = {NULL, width, plain_sxy, 0};
      const Features bilateral = {image.buf, width, bilateral_sxy, srgb};
      Py_BEGIN_ALLOW_THREADS
      model->plain = build(height * width, &plain, &error);
      if (!error) model->bilateral = build(height * width, &bilateral, &error);
      Py_END_ALLOW_THREADS
    }
    capsule = error ? raised(error) : PyCapsule_New(model, NAME, free_model);
    if (!capsule && model) {
      free_lattice(model->plain);
      free_lattice(model->bilateral);
      free(model);
    }
  }
  PyBuffer_Release(&image);
  return capsule;
}

static PyObject *infer_into(PyObject *self, PyObject *arguments) {
  PyObject *capsule;
  Py_buffer scores, marginals;
  int labels, iterations;
  if (!PyArg_ParseTuple(arguments, "Oy*w*ii", &capsule, &scores, &marginals, &labels, &iterations)) return NULL;
  PyObject *result = NULL;
  const Model *model = PyCapsule_GetPointer(capsule, NAME);
  if (model) {
    const int64_t bytes = model->plain->points * labels * (int64_t)sizeof(float);
    if (labels < 2 || iterations < 0 || scores.len != bytes || marginals.len != bytes)
      PyErr_Format(PyExc_ValueError, "%zd and %zd bytes, expected float32 of at least two labels for each of %lld pixels",
                   scores.len, marginals.len, (long long)model->plain->points);
    else {
      int error;
      Py_BEGIN_ALLOW_THREADS
      error = infer(model, scores.buf, marginals.buf, labels, iterations);
      Py_END_ALLOW_THREADS
      result = error ? raised(error) : Py_NewRef(Py_None);
    }
  }
  PyBuffer_Release(&scores);
  PyBuffer_Release(&marginals);
  return result;
}

static PyMethodDef METHODS[] = {
    {"model", model_of, METH_VARARGS,
     "model(image, height, width, plain_sxy, plain_weight, bilateral_sxy, srgb, bilateral_weight)\n--\n\n"
     "The two lattices of an image, uint8 (height, width, 3)."},
    {"infer", infer_into, METH_VARARGS,
     "infer(model, scores, marginals, labels, iterations)\n--\n\n"
     "Mean-field inference from log probabilities, float32 (labels, height * width), into marginals of that shape."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "seedmask_lattice",
                                    "Dense CRF on permutohedral lattices.", 0, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_seedmask_lattice(void) { return PyModuleDef_Init(&MODULE); }
