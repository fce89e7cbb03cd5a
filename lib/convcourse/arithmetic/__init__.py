"""The integers of convolution: sizes, costs and receptive fields. No array is touched.

>>> from convcourse import arithmetic
>>> arithmetic.output_length(224, kernel=7, stride=2, padding=3)
112

`output_length` and its relatives take one axis. `Conv`, `Pool`, `Dense`, ... are records
of layers; `cost` says what one of them needs, `trace` writes the table of a network:
records in a list, or a model of Keras. `networks` holds famous ones as such lists.
`receptive_field` follows a stack along one axis.
"""

from convcourse.arithmetic import networks
from convcourse.arithmetic.audit import Cost, Row, Trace, cost, trace
from convcourse.arithmetic.receptive import (
    ReceptiveField,
    receptive_field,
    receptive_fields,
)
from convcourse.arithmetic.records import (
    Activation,
    BatchNorm,
    Branches,
    Conv,
    Crop,
    Dense,
    Depthwise,
    Flatten,
    GlobalPool,
    Pad,
    Pool,
    Separable,
    Transposed,
    Upsample,
)
from convcourse.arithmetic.sizes import (
    effective_kernel,
    inputs_for,
    left_out,
    output_length,
    padding_sides,
    paddings_for,
    same_padding,
    settings_for,
    usage,
    window_starts,
)
from convcourse.arithmetic.transposed import (
    direct_equivalent,
    output_padding_for,
    transposed_length,
)

__all__ = [
    "Activation",
    "BatchNorm",
    "Branches",
    "Conv",
    "Cost",
    "Crop",
    "Dense",
    "Depthwise",
    "Flatten",
    "GlobalPool",
    "Pad",
    "Pool",
    "ReceptiveField",
    "Row",
    "Separable",
    "Trace",
    "Transposed",
    "Upsample",
    "cost",
    "direct_equivalent",
    "effective_kernel",
    "inputs_for",
    "left_out",
    "networks",
    "output_length",
    "output_padding_for",
    "padding_sides",
    "paddings_for",
    "receptive_field",
    "receptive_fields",
    "same_padding",
    "settings_for",
    "trace",
    "transposed_length",
    "usage",
    "window_starts",
]
